// One log line an event: a journald priority, then key=value pairs. The one place where log text is redacted.

import Foundation
import Logging
import Synchronization

/// Where log lines go. Writing never blocks a session for long: lines are short and the file is local.
final class LogSink: Sendable {
    private let handle: FileHandle

    /// Nil path: standard error. The file is readable by its owner alone.
    init(path: String?) throws {
        guard let path else {
            handle = .standardError
            return
        }
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw ConfigurationProblem("cannot write the log \(path): check that its folder exists and is writable")
        }
        try file.seekToEnd()
        handle = file
    }

    func write(_ line: String) {
        try? handle.write(contentsOf: Data(line.utf8))
    }
}

struct LineLog: LogHandler {
    let sink: LogSink
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }
            .map { "\($0.key)=\(quoted("\($0.value)"))" }.sorted()
        let time = Int64(Date().timeIntervalSince1970 * 1000)
        let line = (["at=\(time)", "from=\(label)", "event=\(quoted(event.message.description))"] + pairs)
            .joined(separator: " ")
        sink.write("<\(priority(event.level))>\(redacted(line))\n")
    }

    /// syslog(3) numbers, as sd-daemon(3) reads them at the start of a line.
    private func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private func quoted(_ text: String) -> String {
        let clean = text.map { $0.isNewline || $0 == "\"" ? " " : $0 }
        return clean.contains(" ") ? "\"\(String(clean))\"" : String(clean)
    }

    /// No caller may log personal data; should one do so, the numbers that identify people do not get through.
    private func redacted(_ line: String) -> String {
        line.replacing(/[0-9]{15,17}[0-9Xx]?/, with: "[number]")
            .replacing(/\b1[3-9][0-9]{9}\b/, with: "[number]")
    }
}

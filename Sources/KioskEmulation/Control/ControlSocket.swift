/// The Unix socket by which tests, scripts and the dock move the emulated hall: a line of words in, a line of JSON out.

import FoundationEssentials

/// Serves ``EmulatorStage`` on a socket.
public final class ControlServer: Sendable {
    private let listener: UnixListener

    /// The socket listens when this returns. Each connection has its own thread; commands are carried out in turn.
    public init(path: String, stage: EmulatorStage) throws(EmulationError) {
        listener = try UnixListener(path: path) { connection in
            let reader = LineReader(connection)
            while let line = reader.next() {
                let answer =
                    switch ControlLine.words(of: line) {
                    case .success(let words): stage.run(words)
                    case .failure(let error): ControlAnswer(error: error.detail)
                    }
                guard connection.send(ControlLine.encode(answer)) else { return }
            }
        }
    }

    /// Removes the socket and hangs up. Idempotent.
    public func close() {
        listener.close()
    }
}

/// One connection to a ``ControlServer``. Not for several threads at once.
public final class ControlClient {
    private let connection: UnixConnection
    private let reader: LineReader

    public init(path: String) throws(EmulationError) {
        connection = try UnixConnection.connect(to: path)
        reader = LineReader(connection)
    }

    /// Sends one command and waits for its answer. Throws when the server goes away.
    public func send(_ words: [String]) throws(EmulationError) -> ControlAnswer {
        guard let command = try? JSONEncoder().encode(words), connection.send([UInt8](command) + [0x0A]),
            let line = reader.next()
        else { throw EmulationError(.socket, "the emulator has gone away") }
        guard let answer = try? JSONDecoder().decode(ControlAnswer.self, from: Data(line)) else {
            throw EmulationError(.socket, "the emulator's answer is not understood")
        }
        return answer
    }
}

enum ControlLine {
    /// A JSON list of strings, or words parted by spaces.
    static func words(of line: [UInt8]) -> Result<[String], EmulationError> {
        guard let text = String(validating: line, as: UTF8.self) else {
            return .failure(EmulationError(.command, "the command is not UTF-8"))
        }
        if text.drop(while: \.isWhitespace).first == "[" {
            guard let words = try? JSONDecoder().decode([String].self, from: Data(line)) else {
                return .failure(EmulationError(.command, "the command is not a list of words"))
            }
            return .success(words)
        }
        return .success(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    static func encode(_ answer: ControlAnswer) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(answer)) ?? Data(#"{"ok":false}"#.utf8)
        return [UInt8](data) + [0x0A]
    }
}

/// Cuts a stream into lines. For one thread.
private final class LineReader {
    /// A longer line is not a command; the connection is given up.
    private static let longest = 1 << 20

    private let connection: UnixConnection
    private var rest: [UInt8] = []

    init(_ connection: UnixConnection) {
        self.connection = connection
    }

    /// Without its line feed; nil at the end of the stream.
    func next() -> [UInt8]? {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                let line = Array(rest[..<end])
                rest.removeSubrange(...end)
                return line
            }
            guard rest.count < Self.longest, let bytes = connection.receive(atMost: 65536) else { return nil }
            rest += bytes
        }
    }
}

// The settings of one terminal, read strictly from a JSON file.

import ArgumentParser
import Foundation
import KioskCore

struct TerminalConfiguration: Codable {
    /// Folder that `kiosk-central enrol` wrote.
    var enrolment: String
    /// Folder of the store; made when it is missing.
    var data: String
    var matters: String
    var profiles: String
    /// The CUPS queue.
    var printer: String
    /// Host, `host:port` or socket path of CUPS; the library's own choice when absent.
    var cupsServer: String?
    var idleSeconds: Int?
    var warnSeconds: Int?
    /// Seconds an unfinished session can be taken up again with the same card.
    var resumeSeconds: Int?
    /// Seconds a payment is waited for before it counts as pending.
    var paySeconds: Int?
    /// A vendor's program that decodes card photographs (docs/card-photo-helpers.md); without one they are not shown.
    var photoHelper: String?
    /// A vendor's program that compares faces. It needs a face camera's profile; without either, staff confirm holders.
    var faceHelper: String?
    /// Where log lines go; standard error when absent.
    var log: String?
    /// The store keeps this much of the disk free.
    var minimumFreeMegabytes: Int?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case enrolment, data, matters, profiles, printer, cupsServer, idleSeconds, warnSeconds, resumeSeconds,
            paySeconds
        case photoHelper, faceHelper, log, minimumFreeMegabytes
    }

    var policy: SessionPolicy {
        SessionPolicy(
            idleAfter: idleSeconds ?? 120, warnFor: warnSeconds ?? 60, resumeWithin: resumeSeconds ?? 1800,
            payWithin: paySeconds ?? 180)
    }

    /// Throws a message that names the file, what is wrong and what to do.
    static func load(_ path: String) throws -> TerminalConfiguration {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationProblem("cannot read \(path): give the terminal's settings file with --config")
        }
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw ConfigurationProblem("\(path) is not a JSON object")
        }
        let known = CodingKeys.allCases.map(\.rawValue)
        if let unknown = object.keys.filter({ !known.contains($0) }).sorted().first {
            throw ConfigurationProblem("\(path): “\(unknown)” is no setting; known: \(known.joined(separator: ", "))")
        }
        let settings: TerminalConfiguration
        do {
            settings = try JSONDecoder().decode(TerminalConfiguration.self, from: data)
        } catch DecodingError.keyNotFound(let key, _) {
            throw ConfigurationProblem("\(path) lacks “\(key.stringValue)”")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let key = context.codingPath.last?.stringValue ?? "a setting"
            throw ConfigurationProblem("\(path): “\(key)” has the wrong type: \(context.debugDescription)")
        }
        for (name, value) in [
            ("idleSeconds", settings.policy.idleAfter), ("warnSeconds", settings.policy.warnFor),
            ("resumeSeconds", settings.policy.resumeWithin), ("paySeconds", settings.policy.payWithin),
        ] where !(1...86_400).contains(value) {
            throw ConfigurationProblem("\(path): “\(name)” must be from 1 to 86400")
        }
        return settings
    }
}

struct ConfigurationProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

struct ConfigurationOption: ParsableArguments {
    @Option(name: .long, help: "The terminal's settings, a JSON file.") var config: String

    func load() throws -> TerminalConfiguration {
        do {
            return try TerminalConfiguration.load(config)
        } catch let problem as ConfigurationProblem {
            report(problem.description)
            throw KioskExit.configuration
        }
    }
}

/// A line on standard error, for the person who typed the command.
func report(_ message: String) {
    FileHandle.standardError.write(Data("kiosk: \(message)\n".utf8))
}

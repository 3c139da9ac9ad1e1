// What every subcommand needs: the loaded folder, a matter by code, and the same exit codes.

import ArgumentParser
import Foundation
import KioskCore

/// 0 good, 1 findings, 2 cannot.
enum Exits {
    static let findings = ExitCode(1)
    static let cannot = ExitCode(2)

    static let help = "Exits with 0 when all is well, 1 when there is something to mend, 2 when it could not be done."

    /// Says on standard error why it cannot be done, and what to do.
    static func cannot(_ reason: String) -> ExitCode {
        FileHandle.standardError.write(Data("kiosk-matters: \(reason)\n".utf8))
        return cannot
    }
}

struct MatterInput {
    let folder: String
    let sources: [MatterSource]
    let result: MatterLoader.Result

    init(_ folder: String) throws {
        self.folder = folder
        do {
            sources = try MatterFolder.read(folder)
        } catch {
            throw Exits.cannot("\(error)")
        }
        result = MatterLoader.load(sources) { _ in "" }
    }

    /// The matters of these codes, or all. Files with a fault are left out, which is said.
    func matters(_ codes: [String]) throws -> [LoadedMatter] {
        if !result.diagnostics.isEmpty {
            FileHandle.standardError.write(
                Data("kiosk-matters: \(result.diagnostics.count) findings; run “kiosk-matters check \(folder)”\n".utf8))
        }
        guard !codes.isEmpty else {
            if result.loaded.isEmpty { throw Exits.cannot("there is no matter in \(folder)") }
            return result.loaded
        }
        return try codes.map(matter)
    }

    func matter(_ code: String) throws -> LoadedMatter {
        if let found = result.loaded.first(where: { $0.matter.code == code.uppercased() }) { return found }
        if result.library.unavailable.contains(code.uppercased()) {
            throw Exits.cannot("the file of \(code) has a fault: run “kiosk-matters check \(folder)”")
        }
        throw Exits.cannot("there is no matter \(code) in \(folder): a code looks like MKT-001")
    }
}

enum Output {
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from path: String, shape: String) throws -> Value {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Exits.cannot("cannot read \(path)")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw Exits.cannot("\(path) is not what is expected: \(shape)")
        }
    }
}

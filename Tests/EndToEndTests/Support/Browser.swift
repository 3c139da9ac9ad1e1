/// A browser at the office: a citizen's telephone on the pay page, or a clerk who has signed in.

import Foundation

struct Browser {
    private let base: String
    private let authority: String
    private let jar: String

    init(_ hall: Hall) {
        base = String(hall.publicURL.dropLast("/verify".count))
        authority = hall.authority
        jar = hall.folder + "/cookies-" + UUID().uuidString.prefix(8)
    }

    static func clerk(_ hall: Hall) throws -> Browser {
        let browser = Browser(hall)
        _ = try browser.post("/login", ["name": "office", "password": Hall.staffPassword])
        return browser
    }

    /// - Parameter place: A path of the office, or a whole address.
    func get(_ place: String) throws -> String { try ask(place, []) }

    func post(_ place: String, _ fields: [String: String] = [:]) throws -> String {
        try ask(place, ["--data", ""] + fields.flatMap { ["--data-urlencode", "\($0)=\($1)"] })
    }

    /// Only over TLS with the office's own authority; an answer that says no is an error.
    private func ask(_ place: String, _ more: [String]) throws -> String {
        let url = place.hasPrefix("https://") ? place : base + place
        let page = try Child.output(
            of: "/usr/bin/curl",
            [
                "--silent", "--show-error", "--fail", "--max-time", "20", "--proto", "=https", "--noproxy", "*",
                "--cacert", authority, "--cookie", jar, "--cookie-jar", jar,
            ] + more + [url])
        return String(decoding: page, as: UTF8.self)
    }
}

extension Screen {
    /// What a telephone reads from the code on the screen.
    func scan(_ hall: Hall) throws -> String {
        let rows = text.split(separator: "\n").map { line in
            Array(line).drop { $0 == " " }
        }.filter { line in
            // The quiet zone makes both ends of each line solid.
            line.count > 20 && line.allSatisfy { "█▀▄ ".contains($0) }
        }
        guard let side = rows.map(\.count).max() else { throw HallProblem("no code is on the screen:\n\(text)") }
        let scale = 4
        var pixels: [UInt8] = []
        for row in rows {
            for lightHalf in ["█▀", "█▄"] {
                let modules = (0..<side).map { column -> UInt8 in
                    let index = row.startIndex + column
                    return index < row.endIndex && lightHalf.contains(row[index]) ? 255 : 0
                }
                let line = modules.flatMap { Array(repeating: $0, count: scale) }
                for _ in 0..<scale { pixels += line }
            }
        }
        let picture = "\(hall.folder)/code.pgm"
        let head = "P5 \(side * scale) \(rows.count * 2 * scale) 255\n"
        try Data(head.utf8 + pixels).write(to: URL(filePath: picture))
        let code = try Child.output(
            of: "/usr/bin/zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture])
        return String(decoding: code, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

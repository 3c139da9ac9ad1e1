import Foundation
import Testing

/// Holds the house's rules on who may import whom (ARCHITECTURE.md, "Rooms").
@Suite("Import rules")
struct ImportRulesTests {
    private static let root: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    private struct Import {
        var file: String
        var module: String
        /// `public`, `internal`, … or empty.
        var access: String
    }

    private static func imports(of target: String) throws -> [Import] {
        let folder = "\(root)/Sources/\(target)"
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let pattern =
            /^(?:@[a-z]+ )?(?:(public|package|internal|fileprivate|private) )?import (?:[a-z]+ )?([A-Za-z_0-9]+)/
        return try files.filter { $0.hasSuffix(".swift") }.flatMap { file in
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            return text.split(separator: "\n").compactMap { line in
                line.firstMatch(of: pattern).map {
                    Import(file: file, module: String($0.output.2), access: String($0.output.1 ?? ""))
                }
            }
        }
    }

    private static let own: Set<String> = [
        "KioskCore", "KioskVault", "KioskDevices", "KioskShell", "KioskCentral", "KioskEmulation", "KioskAuthoring",
    ]

    @Test(
        "a target imports only the rooms it may",
        arguments: [
            ("KioskCore", []), ("KioskVault", ["KioskCore"]), ("KioskDevices", ["KioskCore"]),
            ("KioskShell", ["KioskCore"]), ("KioskCentral", ["KioskCore"]), ("KioskEmulation", []),
            ("KioskAuthoring", ["KioskCore"]),
            ("kiosk", ["KioskCore", "KioskVault", "KioskDevices", "KioskShell"]),
            ("kiosk-central", ["KioskCore", "KioskCentral"]), ("kiosk-matters", ["KioskCore", "KioskAuthoring"]),
            ("kiosk-emulator", ["KioskEmulation"]),
        ] as [(String, [String])])
    func rooms(target: String, allowed: [String]) throws {
        let imports = try Self.imports(of: target)
        #expect(!imports.isEmpty)
        for entry in imports where Self.own.contains(entry.module) {
            #expect(allowed.contains(entry.module), "\(target)/\(entry.file) imports \(entry.module)")
        }
    }

    @Test("the core knows no database, network, cryptography or C library")
    func core() throws {
        let allowed: Set<String> = ["FoundationEssentials", "Yams", "Synchronization", "Dispatch"]
        for entry in try Self.imports(of: "KioskCore") {
            #expect(allowed.contains(entry.module), "KioskCore/\(entry.file) imports \(entry.module)")
        }
    }

    @Test(
        "a C library is imported by one wrapper folder alone, and stays inside it",
        arguments: [
            ("KioskDevices", "CLibUSB", "USB/"), ("KioskDevices", "CTurboJPEG", "Imaging/"),
            ("KioskDevices", "CCups", "Printing/"), ("KioskDevices", "CLinux", "Helpers/"),
            ("KioskShell", "CPangoCairo", "Graphics/"),
            ("KioskShell", "CQREncode", "Graphics/"), ("KioskEmulation", "CUMockdev", "Hosts/"),
            ("KioskAuthoring", "CZ3", "Proofs/"),
        ])
    func wrappers(target: String, library: String, folder: String) throws {
        let users = try Self.imports(of: target).filter { $0.module == library }
        #expect(!users.isEmpty)
        for user in users {
            #expect(user.file.hasPrefix(folder), "\(target)/\(user.file) imports \(library)")
            #expect(user.access != "public" && user.access != "package", "\(target)/\(user.file) hands \(library) on")
        }
        for other in [
            "KioskCore", "KioskVault", "KioskDevices", "KioskShell", "KioskCentral", "KioskEmulation", "kiosk",
        ]
        where other != target {
            #expect(try !Self.imports(of: other).contains { $0.module == library })
        }
    }

    @Test("no public declaration hands out a C pointer", arguments: ["KioskDevices", "KioskShell", "KioskEmulation"])
    func pointers(target: String) throws {
        let folder = "\(Self.root)/Sources/\(target)"
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            for line in text.split(separator: "\n") where line.contains("public ") {
                #expect(
                    !line.contains("OpaquePointer") && !line.contains("UnsafeMutable"), "\(target)/\(file): \(line)")
            }
        }
    }
}

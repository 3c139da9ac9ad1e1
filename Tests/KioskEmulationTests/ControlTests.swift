// The control socket's words, and the dock's menu made of its answers.

import Foundation
import KioskEmulation
import Testing

extension HostedTests {
    @Suite("Control socket") struct ControlTests {
        private let folder: URL
        private let host: UMockdevHost
        private let stage: EmulatorStage

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "emulator-\(UUID().uuidString.prefix(8))")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            host = try UMockdevHost()
            let lease = EmulatedPaper(name: "lease", title: "租赁合同", titleEnglish: "lease", jpeg: [0xFF, 0xD8])
            stage = try EmulatorStage(host: host, papers: [lease, .black], printerFaults: folder.path)
        }

        private func run(_ line: String) -> ControlAnswer {
            stage.run(line.split(separator: " ").map(String.init))
        }

        @Test("moves cards and papers")
        func moves() {
            #expect(run("card put zhang").status?.reader.card == "zhang")
            #expect(stage.reader.card?.number == "230199199001010018")
            #expect(run("card lift").status?.reader.card == nil)
            #expect(run("paper put lease").status?.camera.paper == "lease")
            #expect(run("paper black").status?.camera.paper == "black")
            #expect(run("paper clear").status?.camera.paper == "platen")
            #expect(run("cards").cards?.map(\.name) == EmulatedCard.builtIn.map(\.id))
            #expect(run("papers").papers?.map(\.name) == ["lease"])
            #expect(run("environment").environment?["UMOCKDEV_DIR"] == host.directory)
            host.close()
        }

        @Test("makes devices fail and work again")
        func faults() {
            #expect(run("reader unplug").status?.reader.plugged == false)
            #expect(run("reader plug").status?.reader.plugged == true)
            #expect(run("reader plug").ok)
            #expect(run("reader silent").status?.reader.faulty == true)
            #expect(run("reader fault status-41 read 2").status?.reader.faulty == true)
            #expect(run("reader ok").status?.reader.faulty == false)
            #expect(run("camera damage 50").status?.camera.fault == "damage 50")
            #expect(run("camera unplug").status?.camera.plugged == false)
            let works = run("camera ok").status?.camera
            #expect(works?.plugged == true && works?.fault == nil)
            #expect(run("printer fail media-jam-error").status?.printerFaults == ["media-jam-error"])
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "media-jam-error").path))
            #expect(run("printer fail cover-open-error").status?.printerFaults.count == 2)
            #expect(run("printer clear media-jam-error").status?.printerFaults == ["cover-open-error"])
            #expect(run("printer ok").status?.printerFaults == [])
            host.close()
        }

        @Test(
            "refuses what it does not understand, and changes nothing",
            arguments: [
                "", "card", "card put", "card put nobody", "card put zhang now", "paper put", "paper put nothing",
                "reader",
                "reader fault", "reader fault rain", "reader fault silence someday", "reader fault silence find often",
                "reader fault status-GG", "camera damage", "camera damage 0", "camera damage -3", "camera damage much",
                "camera silent 3", "printer fail ../../etc/passwd", "printer fail", "status now", "dance",
            ])
        func refused(line: String) {
            let before = run("status").status
            let answer = run(line)
            #expect(!answer.ok && answer.error?.isEmpty == false)
            #expect(run("status").status == before)
            host.close()
        }

        @Test("answers words and lists of words, a line each, over the socket")
        func socket() throws {
            let path = folder.appending(path: "control.sock").path
            let server = try ControlServer(path: path, stage: stage)
            let client = try ControlClient(path: path)
            #expect(try client.send(["card", "put", "li"]).status?.reader.card == "li")
            #expect(try client.send(["two words"]).ok == false)
            let other = try ControlClient(path: path)
            #expect(try other.send(["status"]).status?.reader.card == "li")
            server.close()
            #expect(throws: EmulationError.self) { try client.send(["status"]) }
            #expect(throws: EmulationError.self) { try ControlClient(path: path) }
            #expect(!FileManager.default.fileExists(atPath: path))
            host.close()
        }

        @Test("refuses a path that no socket address can hold")
        func longPath() {
            let path = "/tmp/" + String(repeating: "x", count: 200)
            #expect(throws: EmulationError.self) { try ControlServer(path: path, stage: stage) }
            host.close()
        }

        @Test("the dock fits 40 columns and 24 rows, and every key works on every page")
        func dock() throws {
            _ = run("card put wang")
            _ = run("camera unplug")
            let status = try #require(run("status").status)
            let screen = DockScreen(
                status: status, cards: try #require(run("cards").cards), papers: try #require(run("papers").papers))
            var seen = ""
            for page in 0..<3 {
                let lines = screen.lines(columns: 40, rows: 24, page: page).map(\.text)
                #expect(lines.count <= 24)
                #expect(lines.allSatisfy { line in columns(line) <= 40 })
                #expect(lines.contains { $0.contains("无卡") || $0.contains("王秀兰") })
                #expect(lines.last?.contains("Tab") == true)
                seen += lines.joined(separator: "\n")
            }
            for choice in screen.sections.flatMap(\.choices) {
                #expect(seen.contains(" \(choice.key)  "), "\(choice.key)")
                #expect(screen.command(for: choice.key) == choice.words)
                #expect(stage.run(choice.words).ok, "\(choice.words)")
            }
            #expect(
                Set(screen.sections.flatMap(\.choices).map(\.key)).count == screen.sections.flatMap(\.choices).count)
            #expect(screen.command(for: "V") == ["camera", "plug"])
            host.close()
        }

        @Test("a click on any column of a choice stands for its key, and elsewhere for none", arguments: [60, 100])
        func dockClicks(width: Int) throws {
            let screen = DockScreen(
                status: try #require(run("status").status), cards: try #require(run("cards").cards),
                papers: try #require(run("papers").papers), notes: ["the office", "its password"])
            let lines = screen.lines(columns: width, rows: 60, page: 1)
            #expect(lines.map(\.text).joined().contains("its password"))
            #expect(lines.last?.text.contains("Tab") == false)
            var clicked: Set<Character> = []
            for line in lines {
                for column in -1...width where line.key(at: column) != nil {
                    let key = try #require(line.key(at: column))
                    #expect(line.text.contains(" \(key)  "))
                    clicked.insert(key)
                }
            }
            #expect(clicked == Set(screen.sections.flatMap(\.choices).map(\.key)))
            #expect(lines[0].key(at: 0) == nil)
            host.close()
        }

        private func columns(_ line: String) -> Int {
            line.unicodeScalars.reduce(0) { $0 + ((0x2E80...0xFF60).contains($1.value) ? 2 : 1) }
        }
    }
}

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
            stage = try EmulatorStage(
                host: host, papers: [lease, .black], chipReader: CCIDReaderModel(times: .none),
                printerFaults: folder.path)
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

        @Test("moves chip cards, and makes their reader fail and work again")
        func chips() throws {
            let names = try #require(run("chips").chips).map(\.name)
            #expect(names == EmulatedChipCard.builtIn().map(\.id))
            for name in names { #expect(run("chip put \(name)").status?.chipReader?.chip == name) }
            #expect(stage.chipReader?.card?.id == names.last)
            #expect(run("chip pull").status?.chipReader?.chip == nil)
            #expect(run("chipreader unplug").status?.chipReader?.plugged == false)
            #expect(run("chipreader plug").status?.chipReader?.plugged == true)
            #expect(run("chipreader silent").status?.chipReader?.faulty == true)
            #expect(run("chipreader unplug").ok)
            let works = run("chipreader ok").status?.chipReader
            #expect(works?.plugged == true && works?.faulty == false && works?.verifyAttempts == 0)
            let refusal = try #require(run("chipreader fault rain").error)
            let kinds = try #require(refusal.split(separator: "there are ").last).split(separator: ", ")
            #expect(kinds.count > 20)
            for kind in kinds {
                let word = kind.replacing("-XX", with: "-FB").replacing("-N", with: "-3")
                #expect(run("chipreader fault \(word) 2").ok, "\(word)")
            }
            #expect(run("chipreader ok").status?.chipReader?.faulty == false)
            host.close()
        }

        @Test("pulls the chip card at the exchange it is told, and counts VERIFY")
        func pulledChip() throws {
            let reader = try #require(stage.chipReader)
            _ = run("chip put zhang")
            _ = run("chipreader fault pulled-2")
            let verify: [UInt8] = [0x00, 0x20, 0x00, 0x00, 0x02, 0x12, 0x34]
            for message in [[0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0], xfrBlock(verify)] {
                #expect(reader.out(endpoint: 0x02, data: message) == .done([]))
            }
            #expect(run("status").status?.chipReader?.chip == "zhang")
            #expect(run("status").status?.chipReader?.verifyAttempts == 1)
            #expect(reader.out(endpoint: 0x02, data: xfrBlock(verify)) == .done([]))
            #expect(run("status").status?.chipReader?.chip == nil)
            #expect(run("status").status?.chipReader?.verifyAttempts == 1)
            host.close()
        }

        /// A host on which nothing happens.
        private final class NoHost: EmulationHost {
            let environment: [String: String] = [:]
            func isPlugged(name: String) -> Bool { true }
            func plug(_ device: any EmulatedUSBDevice, name: String) {}
            func unplug(name: String) {}
            func close() {}
        }

        @Test("knows no chip card where there is no chip reader")
        func withoutChipReader() throws {
            let plain = try EmulatorStage(host: NoHost())
            #expect(plain.run(["status"]).status?.chipReader == nil)
            #expect(plain.run(["chips"]).chips == [])
            for words in [["chip", "put", "zhang"], ["chip", "pull"], ["chipreader", "ok"]] {
                #expect(plain.run(words).error == "there is no chip reader")
            }
            let screen = DockScreen(status: try #require(plain.run(["status"]).status), cards: [], papers: [])
            #expect(!screen.lines(columns: 100, rows: 60, page: 0).contains { $0.text.contains("chip") })
            #expect(screen.command(for: "z") == nil)
            host.close()
        }

        @Test(
            "refuses what it does not understand, and changes nothing",
            arguments: [
                "", "card", "card put", "card put nobody", "card put zhang now", "paper put", "paper put nothing",
                "reader",
                "reader fault", "reader fault rain", "reader fault silence find -9223372036854775808",
                "reader fault silence someday", "reader fault silence find often",
                "reader fault status-GG", "camera damage", "camera damage 0", "camera damage -3", "camera damage much",
                "camera silent 3", "chip", "chip put", "chip put nobody", "chip pull now", "chipreader",
                "chipreader stuck",
                "chipreader fault", "chipreader fault rain", "chipreader fault silence often",
                "chipreader fault silence 0", "chipreader fault silence -9223372036854775808",
                "chipreader fault error-GG", "chipreader fault error-100", "chipreader fault pulled-0",
                "chipreader fault pulled-", "chips now", "printer fail ../../etc/passwd", "printer fail", "status now",
                "dance",
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
            _ = run("chip put li")
            _ = run("camera unplug")
            let screen = try dockScreen()
            var seen = ""
            for page in 0..<4 {
                let lines = screen.lines(columns: 40, rows: 24, page: page).map(\.text)
                #expect(lines.count <= 24)
                #expect(lines.allSatisfy { line in columns(line) <= 40 })
                #expect(lines.contains { $0.contains("无卡") || $0.contains("王秀兰") })
                #expect(lines.contains { $0.contains("chip     正常 ok · 李静 社保卡") })
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
            #expect(screen.command(for: "U") == ["chipreader", "unplug"])
            #expect(screen.command(for: "z") == ["chip", "pull"])
            host.close()
        }

        @Test("the dock of 12 rows shows the state and the beginning of one section on each page")
        func smallestDock() throws {
            let screen = try dockScreen()
            let pages = (0..<4).map { screen.lines(columns: 40, rows: 12, page: $0).map(\.text) }
            #expect(pages.allSatisfy { $0.count <= 12 && $0[1].contains("reader") && $0[4].contains("printer") })
            #expect(Set(pages.map { $0[6] }).count == 4)
            #expect(pages.allSatisfy { page in page.allSatisfy { columns($0) <= 40 } })
            host.close()
        }

        private func dockScreen(notes: [String] = []) throws -> DockScreen {
            DockScreen(
                status: try #require(run("status").status), cards: try #require(run("cards").cards),
                papers: try #require(run("papers").papers), chips: try #require(run("chips").chips), notes: notes)
        }

        @Test("a click on any column of a choice stands for its key, and elsewhere for none", arguments: [60, 100])
        func dockClicks(width: Int) throws {
            let screen = try dockScreen(notes: ["the office", "its password"])
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

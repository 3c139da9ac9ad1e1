import Foundation
import Testing

@testable import KioskDevices

@Suite("The grammar of hardware profiles")
struct ProfileTests {
    private static let reader = """
        name: Reader
        kind: id-card-reader
        driver: sam-v
        match:
          - devices: ["0400:c35a"]
            class: 0xff
            subclass: 0x00
            protocol: 0x00
            endpoints: [0x02, 0x81]
            manufacturer: Demo
            product: "reader 2"
            serial: "0001"
        parameters:
          transport: hid
          reports:
            output-id: 0x05
            output-bytes: 64
            input-bytes: 63
            counts-bytes: true
          commands:
            find: [0x20, 0x07]
          same-card: found-again
          rf-byte: 0x50
          find-ms: 700
        provenance:
          certain: [frames]
          assumed: [times]
          sources: [a manual]
        """

    @Test("A profile sets its driver")
    func setsDriver() throws {
        let profile = try HardwareProfile(yaml: Self.reader, file: "reader.yaml")
        var settings = SAMVSettings()
        settings.timings.find = 700
        settings.commands = [.findCard: .init(0x20, 0x07)]
        settings.sameCard = .foundAgain
        settings.maximumRFByte = 0x50
        settings.transport = .hid(.init(outputID: 5, outputLength: 64, inputLength: 63, countsBytes: true))
        #expect(profile.driver == .samv(settings))
        var alternative = DeviceMatcher.Alternative()
        alternative.devices = [.init(vendor: 0x0400, product: 0xC35A)]
        (alternative.interfaceClass, alternative.interfaceSubclass, alternative.interfaceProtocol) = (0xFF, 0, 0)
        alternative.endpoints = [0x02, 0x81]
        (alternative.manufacturer, alternative.product, alternative.serial) = ("Demo", "reader 2", "0001")
        #expect(profile.matcher == DeviceMatcher(alternatives: [alternative]))
        #expect(profile.certain == ["frames"])
        #expect(profile.assumed == ["times"])
        #expect(profile.sources == ["a manual"])
    }

    @Test("Every number of a driver's parameters reaches its setting")
    func numbers() throws {
        func parsed(_ driver: String, _ kind: String, _ parameters: [String]) throws -> HardwareProfile {
            let lines = parameters.enumerated().map { "  \($0.element): \($0.offset + 11)" }.joined(separator: "\n")
            let text = """
                name: x
                kind: \(kind)
                driver: \(driver)
                match: [{class: 0x0e}]
                parameters:
                \(lines)
                provenance: {certain: [x]}
                """
            return try HardwareProfile(yaml: text, file: "x.yaml")
        }
        func values<Settings>(_ table: [ProfileNumber<Settings>], _ settings: Settings) -> [Int] {
            table.map { settings[keyPath: $0.path] }
        }
        let samv = ProfileGrammar.samvTimings
        guard case .samv(let reader) = try parsed("sam-v", "id-card-reader", samv.map(\.name)).driver,
            case .ccid(let chip) = try parsed("ccid", "chip-card-reader", ProfileGrammar.ccid.map(\.name)).driver,
            case .uvc(let camera) = try parsed("uvc", "document-camera", ProfileGrammar.uvc.map(\.name)).driver
        else {
            Issue.record("another driver")
            return
        }
        #expect(values(samv, reader.timings) == Array(11..<11 + samv.count))
        #expect(values(ProfileGrammar.ccid, chip) == Array(11..<11 + ProfileGrammar.ccid.count))
        #expect(values(ProfileGrammar.uvc, camera) == Array(11..<11 + ProfileGrammar.uvc.count))
    }

    // MARK: - Mistakes

    /// One thing replaced in `reader`, and where and how it must be found.
    @Test(
        "What does not fit together is named with line, column and what to do",
        arguments: [
            ("kind: id-card-reader", "kind: id-reader", 2, 7, "possible: id-card-reader"),
            ("kind: id-card-reader", "kind: printer", 2, 7, "which is for: id-card-reader"),
            ("driver: sam-v", "driver: uvc", 14, 3, "has no key `transport`"),
            ("driver: sam-v", "driver: samv", 3, 9, "did you mean `sam-v`"),
            ("driver: sam-v", "drivers: sam-v", 3, 1, "did you mean `driver`"),
            ("name: Reader\n", "", 1, 1, "lacks `name`"), ("name: Reader", "name:", 1, 6, "put it in quotes"),
            ("find-ms: 700", "find: 700", 24, 3, "has no key `find`"),
            ("find-ms: 700", "find-ms: 0", 24, 12, "from 1 to 600000"),
            ("find-ms: 700", "find-ms: 700\n  find-ms: 800", 24, 3, "stands twice"),
            ("    find: [0x20, 0x07]", "    find: [0x20]", 21, 11, "two bytes"),
            ("  transport: hid\n", "", 14, 3, "belongs to `transport: hid`"),
            ("  transport: hid", "  transport: serial", 15, 3, "belongs to `transport: hid`"),
            ("  transport: hid", "  transport: hid\n  baud: 9600", 15, 3, "belongs to `transport: serial`"),
            ("    class: 0xff\n", "", 6, 5, "needs `class`"), ("    subclass: 0x00\n", "", 7, 5, "needs `subclass`"),
            (
                "- devices: [\"0400:c35a\"]\n    class: 0xff\n    subclass: 0x00\n    protocol: 0x00\n    ", "- ", 5, 5,
                "needs"
            ),
            ("    serial: \"0001\"", "    serial-port: /dev/x", 5, 5, "beside `serial-port`"),
            ("    serial: \"0001\"", "    serial: \"0001\"\n  - serial-port: /dev/x", 13, 5, "belong together"),
            ("    serial: \"0001\"", "    serial: \"0001\"\n  - serial-port: /etc/x", 13, 18, "begin with /dev/"),
            ("    serial: \"0001\"", "    serial: \"0001\"\n  - serial-port: /dev/../x", 13, 18, "begin with /dev/"),
            ("    serial: \"0001\"", "    serial: \"0001\"\n  - uri: ipp://", 13, 5, "driver: cups"),
            ("  certain: [frames]\n", "", 26, 3, "lacks `certain`"),
            ("Reader", "&a Reader", 1, 7, "anchors are not allowed"), ("[frames]", "[frames", 27, 10, "not YAML"),
            ("name: Reader", "name: \"\\e[2J\"", 1, 7, "one line"),
            ("name: Reader", "name: 12", 1, 7, "put it in quotes"),
        ])
    func mistakes(good: String, bad: String, line: Int, column: Int, message: String) throws {
        let text = Self.reader.replacingOccurrences(of: good, with: bad)
        try #require(text != Self.reader)
        let error = #expect(throws: ProfileError.self) { try HardwareProfile(yaml: text, file: "reader.yaml") }
        #expect(error?.file == "reader.yaml")
        #expect(error.map { [$0.line, $0.column] } == [line, column], "\(String(describing: error))")
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test(
        "A profile of another driver is held to its own rules",
        arguments: [
            ("printer", "cups", "- uri: ipp", 4, 10, "scheme"), ("face-camera", "uvc", "- class: 0x0e", 4, 5, "needs"),
            ("id-card-reader", "sam-v", "- serial-port: /dev/x", 4, 5, "belong together"),
            ("chip-card-reader", "ccid", "- {uri: \"ipp://\"}", 4, 6, "driver: cups"),
        ])
    func otherDrivers(
        kind: String, driver: String, match: String, line: Int, column: Int, message: String
    ) throws {
        let yaml = "kind: \(kind)\ndriver: \(driver)\nmatch:\n  \(match)\nname: x\nprovenance: {certain: [x]}\n"
        let error = #expect(throws: ProfileError.self) { try HardwareProfile(yaml: yaml, file: "x.yaml") }
        #expect(error.map { [$0.line, $0.column] } == [line, column], "\(String(describing: error))")
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test(
        "A wrong value at any key of any driver is found where it stands",
        arguments: HardwareProfile.DriverName.allCases)
    func wrongShapes(driver: HardwareProfile.DriverName) {
        var tried = 0
        for key in SampleProfile(driver).paths {
            for wrong in key.shape.wrongValues {
                let sample = SampleProfile(driver, replacing: key.path, with: wrong)
                let error = #expect(throws: ProfileError.self, "\(key.path) = \(wrong)") {
                    try HardwareProfile(yaml: sample.text, file: "x.yaml")
                }
                #expect(
                    error.map { [$0.line, $0.column] } == sample.place,
                    "\(key.path) = \(wrong): \(String(describing: error))")
                tried += 1
            }
        }
        #expect(tried > 100)
    }

    // MARK: - Hostile files

    @Test(
        "What is no profile is refused",
        arguments: [
            "", "- a", "name: [", "name: \u{0}", "a: &x [*x]", "--- a\n--- b", "? [a, b]\n: c", "[]: x", "{}", "~",
            "name: x\n  y: z", "\t", "!!binary x", "%YAML 9.9\n---\na: b", "name: *unknown", "<<: {name: x}",
            String(repeating: "[", count: 60_000), String(repeating: "{a: ", count: 16_000),
            String(repeating: "- ", count: 30_000), String(repeating: "? ", count: 30_000),
            String(repeating: "a: {", count: 990) + String(repeating: "}", count: 990),
        ])
    func malformed(text: String) {
        #expect(throws: ProfileError.self) { try HardwareProfile(yaml: text, file: "x.yaml") }
    }

    @Test("A megabyte of nested YAML is refused before it is parsed")
    func megabyte() {
        let text = String(repeating: "a:\n- ", count: 1 << 18)
        let error = #expect(throws: ProfileError.self) { try HardwareProfile(yaml: text, file: "x.yaml") }
        #expect(error?.message.contains("larger than 64 KiB") == true)
    }

    @Test("Aliases cannot unfold, neither in values nor in keys", arguments: ["k%: ", "? "])
    func aliasBomb(entry: String) {
        var text = "a0: &a0 [x, x]\n"
        for level in 1..<60 {
            let name = entry.replacingOccurrences(of: "%", with: "\(level)")
            text += "\(name)&a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
        }
        let error = #expect(throws: ProfileError.self) { try HardwareProfile(yaml: text, file: "x.yaml") }
        #expect(error?.message.contains("anchors") == true)
    }

    @Test("An ampersand in a name is no anchor", arguments: ["AT&T", "a & b", "\"x &\""])
    func ampersand(name: String) throws {
        let text = Self.reader.replacingOccurrences(of: "name: Reader", with: "name: \(name)")
        #expect(try HardwareProfile(yaml: text, file: "x.yaml").name == name.replacingOccurrences(of: "\"", with: ""))
    }

    @Test("Changed files are read or refused with a place in them, never a trap")
    func mutations() {
        var generator = SeededGenerator(state: 4)
        for _ in 0..<2000 {
            let text = String(decoding: generator.mutated(Array(Self.reader.utf8)), as: UTF8.self)
            do throws(ProfileError) {
                _ = try HardwareProfile(yaml: text, file: "x.yaml")
            } catch {
                #expect(error.line > 0 && error.column > 0, "\(error)")
            }
        }
    }

    @Test("A folder's files are read by name; what is no profile file stops it")
    func folder() throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "profiles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: folder.appending(path: name)) }
        func load() throws -> [String] { try HardwareProfile.load(folder: folder.path()).map(\.name) }
        try write("b.yaml", Data(Self.reader.utf8))
        try write("a.yaml", Data(Self.reader.replacingOccurrences(of: "Reader", with: "A").utf8))
        try write("notes.txt", Data([0xFF]))
        #expect(try load() == ["A", "Reader"])
        for (bytes, message) in [
            (Data([0x6E, 0xFF, 0xFE]), "UTF-8"), (Data(repeating: 0x20, count: 70_000), "64 KiB"),
            (Data(Self.reader.utf8), "give it another `name`"),
        ] {
            try write("c.yaml", bytes)
            let error = #expect(throws: ProfileError.self) { try load() }
            #expect(error?.message.contains(message) == true, "\(String(describing: error))")
            #expect(error?.file.hasSuffix("c.yaml") == true)
        }
        try FileManager.default.removeItem(at: folder.appending(path: "c.yaml"))
        try FileManager.default.createDirectory(
            at: folder.appending(path: "c.yaml"), withIntermediateDirectories: false)
        #expect(throws: ProfileError.self) { try load() }
        #expect(throws: ProfileError.self) { try HardwareProfile.load(folder: "/nowhere") }
    }
}

/// A profile with every key there is, one value of it replaced; not all of it fits together.
private struct SampleProfile {
    private(set) var text = ""
    /// Line and column of the replaced value.
    private(set) var place: [Int] = []
    private(set) var paths: [(path: String, shape: ProfileShape)] = []
    private let replaced: (path: String, value: String)?

    init(_ driver: HardwareProfile.DriverName, replacing path: String? = nil, with value: String = "") {
        replaced = path.map { ($0, value) }
        let values = ["driver": driver.rawValue, "kind": driver.kinds[0].rawValue]
        write(ProfileGrammar.profile(driver), under: "", indent: 0, values: values)
    }

    private mutating func write(
        _ keys: [ProfileKey], under parent: String, indent: Int, firstPrefix: String = "",
        values: [String: String] = [:]
    ) {
        // The driver decides what the rest means, so its own mistakes are found first.
        for (index, key) in keys.enumerated() {
            let margin = String(repeating: " ", count: indent - (index == 0 ? firstPrefix.count : 0))
            let start = margin + (index == 0 ? firstPrefix : "") + key.name + ":"
            write(key.shape, at: parent + "/" + key.name, after: start, indent: indent, values[key.name])
        }
    }

    private mutating func write(
        _ shape: ProfileShape, at path: String, after start: String, indent: Int, _ value: String?
    ) {
        paths.append((path, shape))
        if let replaced, replaced.path == path {
            place = [text.count { $0 == "\n" } + 1, start.count + 2]
            text += start + " " + replaced.value + "\n"
            return
        }
        switch shape {
        case .mapping(let keys) where keys.isEmpty:
            text += start + " {}\n"
        case .mapping(let keys):
            text += start + "\n"
            write(keys, under: path, indent: indent + 2)
        case .list(.mapping(let keys), _):
            text += start + "\n"
            write(keys, under: path, indent: indent + 4, firstPrefix: "- ")
        case .list(let element, _):
            let inner = path + "/0"
            paths.append((inner, element))
            let isReplaced = replaced?.path == inner
            if isReplaced { place = [text.count { $0 == "\n" } + 1, start.count + 3] }
            text += start + " [" + (isReplaced ? replaced?.value ?? "" : element.goodValue) + "]\n"
        default:
            text += start + " " + (value ?? shape.goodValue) + "\n"
        }
    }
}

extension ProfileShape {
    fileprivate var goodValue: String {
        switch self {
        case .text: "some text"
        case .byte: "0x0e"
        case .number(let range): "\(range.lowerBound)"
        case .choice(let numbers): "\(numbers[0])"
        case .flag: "true"
        case .word(let words): words[0]
        case .identifiers: "\"0400:c35a\""
        case .list, .mapping: ""
        }
    }

    fileprivate var wrongValues: [String] {
        switch self {
        case .text: ["[a]", "{a: b}", "12", "1.5", "true", "~", "\"\"", "\"\\e\"", String(repeating: "x", count: 401)]
        case .byte: ["14", "0x1ff", "0xg0", "0x+1", "\"0x0e\"", "[0x0e]", "{a: b}", "soon", "-1", "~"]
        case .number(let range):
            [
                "soon", "1.5", "-1", "+5", "\(range.upperBound + 1)", "99999999999999999999", "\"5\"", "[1]", "{a: b}",
                "010",
            ]
        case .choice: ["1", "x", "\"9600\"", "[9600]", "~"]
        case .flag: ["yes", "1", "[true]", "{a: b}", "~"]
        case .word: ["nothing-of-the-kind", "[a]", "{a: b}", "1", "~"]
        case .identifiers: ["400:c35a", "\"0400c35a\"", "\"0400:c35a:1\"", "\"0400:c3 a\"", "[]", "{a: b}", "~"]
        case .list(_, let most):
            ["x", "[]", "{a: b}", "~", "[" + Array(repeating: "x1x", count: most + 1).joined(separator: ", ") + "]"]
        case .mapping: ["x", "[a]", "~"]
        }
    }
}

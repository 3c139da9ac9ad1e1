/// Reads `hardware-profiles/*.yaml` strictly: an unknown key, driver or value is an error with its file and line.

import FoundationEssentials
import Yams

/// What is wrong with a profile, and where.
public struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// From 1; 0 when the whole file is meant.
    public var line: Int
    public var message: String

    public var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}

extension HardwareProfile {
    /// Every `.yaml` file of a folder, by name. Blocks on the disk: call it while starting.
    public static func load(folder: String) throws(ProfileError) -> [HardwareProfile] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw ProfileError(file: folder, line: 0, message: "cannot be listed")
        }
        var profiles: [HardwareProfile] = []
        for name in names.filter({ $0.hasSuffix(".yaml") }).sorted() {
            let path = folder + "/" + name
            let bytes: Data
            do {
                bytes = try Data(contentsOf: URL(filePath: path))
            } catch {
                throw ProfileError(file: path, line: 0, message: "cannot be read")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ProfileError(file: path, line: 0, message: "is not UTF-8")
            }
            profiles.append(try HardwareProfile(yaml: text, file: path))
        }
        return profiles
    }

    /// Parses one profile; `file` names it in errors.
    public init(yaml: String, file: String) throws(ProfileError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            let line =
                switch error {
                case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
                default: 0
                }
            throw ProfileError(file: file, line: line, message: "is not YAML")
        } catch {
            throw ProfileError(file: file, line: 0, message: "is not YAML")
        }
        guard let root else { throw ProfileError(file: file, line: 0, message: "is empty") }
        let reader = ProfileReader(file: file)
        let top = try reader.mapping(
            root, "profile", allowed: ["name", "kind", "match", "driver", "parameters", "provenance"])
        name = try reader.string(try reader.required(top, "name", root))
        let kindNode = try reader.required(top, "kind", root)
        guard let kind = Kind(rawValue: try reader.string(kindNode)) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw reader.error(kindNode, "unknown kind; known: \(known)")
        }
        self.kind = kind
        matcher = try reader.matcher(try reader.required(top, "match", root))
        let driverNode = try reader.required(top, "driver", root)
        switch (kind, try reader.string(driverNode)) {
        case (.identityCardReader, "sam-v"):
            var timings = SAMVTimings()
            try reader.parameters(
                top["parameters"], into: &timings,
                [
                    "find-ms": \.find, "select-ms": \.select, "read-ms": \.read, "status-ms": \.status,
                    "poll-interval-ms": \.pollInterval, "drain-quiet-ms": \.drainQuiet, "retries": \.retries,
                    "retry-window-ms": \.retryWindow, "removal-ms": \.removal,
                ])
            var settings = SAMVSettings()
            settings.timings = timings
            driver = .samv(settings)
        case (.documentCamera, "uvc"):
            var settings = CameraSettings()
            try reader.parameters(
                top["parameters"], into: &settings,
                [
                    "discarded-frames": \.discardedFrames, "capture-timeout-ms": \.captureTimeout,
                    "control-timeout-ms": \.controlTimeout,
                ])
            driver = .uvc(settings)
        default:
            throw reader.error(driverNode, "no such driver for this kind; id-card-reader: sam-v, document-camera: uvc")
        }
        certain = []
        assumed = []
        if let node = top["provenance"] {
            let provenance = try reader.mapping(node, "provenance", allowed: ["certain", "assumed"])
            certain = try provenance["certain"].map(reader.strings) ?? []
            assumed = try provenance["assumed"].map(reader.strings) ?? []
        }
    }
}

/// Takes YAML nodes apart; every complaint has the node's line.
private struct ProfileReader {
    var file: String

    func error(_ node: Node, _ message: String) -> ProfileError {
        ProfileError(file: file, line: node.mark?.line ?? 0, message: message)
    }

    func mapping(_ node: Node, _ what: String, allowed: Set<String>) throws(ProfileError) -> [String: Node] {
        guard let mapping = node.mapping else { throw error(node, "\(what) must be a mapping") }
        var values: [String: Node] = [:]
        for (keyNode, value) in mapping {
            let key = try string(keyNode)
            guard allowed.contains(key) else {
                throw error(
                    keyNode, "unknown key `\(key)` in \(what); known: \(allowed.sorted().joined(separator: ", "))")
            }
            values[key] = value
        }
        return values
    }

    func required(_ mapping: [String: Node], _ key: String, _ parent: Node) throws(ProfileError) -> Node {
        guard let node = mapping[key] else { throw error(parent, "missing key `\(key)`") }
        return node
    }

    func string(_ node: Node) throws(ProfileError) -> String {
        guard let string = node.scalar?.string, !string.isEmpty else { throw error(node, "must be a text") }
        return string
    }

    func strings(_ node: Node) throws(ProfileError) -> [String] {
        guard let sequence = node.sequence else { throw error(node, "must be a list") }
        var strings: [String] = []
        for element in sequence { strings.append(try string(element)) }
        return strings
    }

    func matcher(_ node: Node) throws(ProfileError) -> DeviceMatcher {
        let mapping = try mapping(node, "match", allowed: ["class", "devices"])
        var matcher = DeviceMatcher()
        if let classNode = mapping["class"] {
            guard try string(classNode) == "video" else { throw error(classNode, "unknown class; known: video") }
            matcher.interfaceClass = 0x0E
        }
        if let devices = mapping["devices"] {
            guard let sequence = devices.sequence else { throw error(devices, "devices must be a list") }
            for element in sequence {
                guard let identifiers = DeviceMatcher.Identifiers(try string(element)) else {
                    throw error(element, "must be four and four hexadecimal digits, as \"0400:c35a\"")
                }
                matcher.devices.append(identifiers)
            }
        }
        guard matcher.interfaceClass != nil || !matcher.devices.isEmpty else {
            throw error(node, "match needs `class` or `devices`")
        }
        return matcher
    }

    func parameters<Settings>(
        _ node: Node?, into settings: inout Settings, _ known: [String: WritableKeyPath<Settings, Int>]
    ) throws(ProfileError) {
        guard let node else { return }
        for (key, value) in try mapping(node, "parameters", allowed: Set(known.keys)) {
            guard let path = known[key] else { continue }
            guard let number = Int(try string(value)), (0...600_000).contains(number) else {
                throw error(value, "`\(key)` must be a whole number from 0 to 600000")
            }
            settings[keyPath: path] = number
        }
    }
}

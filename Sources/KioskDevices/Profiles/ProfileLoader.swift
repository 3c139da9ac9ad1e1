/// Makes hardware profiles of the files in `hardware-profiles/`, and refuses what does not fit together.

internal import FoundationEssentials

extension HardwareProfile {
    /// Every `.yaml` file of a folder, by name. Blocks on the disk: call it while starting.
    public static func load(folder: String) throws(ProfileError) -> [HardwareProfile] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        } catch {
            throw ProfileError(file: folder, message: "cannot be listed: name the folder of the hardware profiles")
        }
        guard names.count <= ProfileGrammar.maximumFiles else {
            throw ProfileError(
                file: folder, message: "has more than \(ProfileGrammar.maximumFiles) profiles: is it the right folder?")
        }
        var profiles: [HardwareProfile] = []
        var files: [String: String] = [:]
        for name in names.sorted() {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            let profile = try HardwareProfile(yaml: try text(ofFile: path), file: path)
            if let other = files.updateValue(path, forKey: profile.name) {
                throw ProfileError(file: path, message: "has the name of \(other): give it another `name`")
            }
            profiles.append(profile)
        }
        return profiles
    }

    /// Reads no more than a profile may have, and nothing but a regular file.
    private static func text(ofFile path: String) throws(ProfileError) -> String {
        guard
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(filePath: path).resolvingSymlinksInPath().path),
            attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int
        else { throw ProfileError(file: path, message: "is no file that can be read") }
        guard size <= ProfileGrammar.maximumFileBytes else {
            throw ProfileError(
                file: path, message: "is larger than \(ProfileGrammar.maximumFileBytes / 1024) KiB: is it a profile?")
        }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ProfileError(file: path, message: "cannot be read: who may read it?")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ProfileError(file: path, message: "is not UTF-8: save it as UTF-8")
        }
        return text
    }

    /// Parses one profile; `file` names it in errors.
    public init(yaml: String, file: String) throws(ProfileError) {
        let reader = ProfileReader(file: file)
        let root = try reader.root(yaml)
        // The driver decides which parameters there are, so it is looked at first; a missing one is found with the rest.
        let drivers = DriverName.allCases.map(\.rawValue)
        let named = try reader.value(ofKey: "driver", in: root, .word(drivers))
        let driverName = named?.text.flatMap(DriverName.init) ?? .samv
        let top = try reader.value(root, .mapping(ProfileGrammar.profile(driverName)), "a profile")
        let build = ProfileBuild(reader: reader, driver: driverName)
        name = top["name"]?.text ?? ""
        guard let kind = top["kind"]?.text.flatMap(Kind.init), driverName.kinds.contains(kind)
        else {
            let kinds = driverName.kinds.map(\.rawValue).joined(separator: ", ")
            throw reader.error(
                top["kind"] ?? top, "`kind` does not fit `driver: \(driverName.rawValue)`, which is for: \(kinds)")
        }
        self.kind = kind
        driver = try build.driver(top["parameters"])
        matcher = DeviceMatcher(alternatives: [])
        for value in top["match"]?.elements ?? [] {
            matcher.alternatives.append(try build.alternative(value, kind: kind, driver: driver))
        }
        let provenance = top["provenance"]
        certain = provenance?["certain"]?.elements.compactMap(\.text) ?? []
        assumed = provenance?["assumed"]?.elements.compactMap(\.text) ?? []
        sources = provenance?["sources"]?.elements.compactMap(\.text) ?? []
    }
}

/// What of a profile must fit together.
private struct ProfileBuild {
    let reader: ProfileReader
    let driver: HardwareProfile.DriverName

    func driver(_ parameters: ProfileValue?) throws(ProfileError) -> HardwareProfile.Driver {
        switch driver {
        case .samv: .samv(try samv(parameters))
        case .ccid: .ccid(numbers(parameters, ProfileGrammar.ccid, CCIDSettings()))
        case .uvc: .uvc(numbers(parameters, ProfileGrammar.uvc, CameraSettings()))
        case .cups: .cups
        }
    }

    private func numbers<Settings>(
        _ parameters: ProfileValue?, _ table: [ProfileNumber<Settings>], _ settings: Settings
    ) -> Settings {
        var settings = settings
        for entry in table {
            if let number = parameters?[entry.name]?.number { settings[keyPath: entry.path] = number }
        }
        return settings
    }

    private func samv(_ parameters: ProfileValue?) throws(ProfileError) -> SAMVSettings {
        var settings = SAMVSettings()
        guard let parameters else { return settings }
        settings.timings = numbers(parameters, ProfileGrammar.samvTimings, SAMVTimings())
        settings.transport = try transport(parameters)
        for command in SAMVSettings.Command.allCases {
            guard let value = parameters["commands"]?[command.rawValue] else { continue }
            let bytes = value.elements.compactMap(\.byte)
            guard bytes.count == 2 else {
                throw reader.error(value, "`\(command.rawValue)` must be two bytes, CMD and PARA, as [0x20, 0x01]")
            }
            settings.commands[command] = .init(bytes[0], bytes[1])
        }
        if let rule = parameters["same-card"]?.text.flatMap(SAMVSettings.SameCardRule.init) { settings.sameCard = rule }
        settings.maximumRFByte = parameters["rf-byte"]?.byte
        return settings
    }

    private func transport(_ parameters: ProfileValue) throws(ProfileError) -> SAMVSettings.Transport {
        let transport = parameters["transport"]?.text.flatMap(ProfileGrammar.TransportName.init) ?? .usb
        let baud = parameters["baud"]
        let reports = parameters["reports"]
        if let baud, transport != .serial {
            throw reader.misplaced(baud, "`baud` belongs to `transport: serial`: add that or leave `baud` out")
        }
        if let reports, transport != .hid {
            throw reader.misplaced(reports, "`reports` belongs to `transport: hid`: add that or leave `reports` out")
        }
        switch transport {
        case .usb:
            return .byDescriptors
        case .serial:
            guard let rate = baud?.number else {
                throw reader.error(parameters, "`transport: serial` needs `baud`, as `baud: 115200`")
            }
            return .serial(baud: rate)
        case .hid:
            guard let reports, let output = reports["output-bytes"]?.number, let input = reports["input-bytes"]?.number,
                let countsBytes = reports["counts-bytes"]?.flag
            else {
                throw reader.error(
                    parameters, "`transport: hid` needs `reports`: their sizes stand in the device's manual")
            }
            return .hid(
                .init(
                    outputID: reports["output-id"]?.byte, inputID: reports["input-id"]?.byte, outputLength: output,
                    inputLength: input, countsBytes: countsBytes))
        }
    }

    // MARK: - match

    func alternative(
        _ value: ProfileValue, kind: HardwareProfile.Kind, driver: HardwareProfile.Driver
    ) throws(ProfileError) -> DeviceMatcher.Alternative {
        var alternative = DeviceMatcher.Alternative()
        alternative.devices = (value["devices"]?.elements ?? []).compactMap { $0.text.flatMap { .init($0) } }
        alternative.interfaceClass = value["class"]?.byte
        alternative.interfaceSubclass = value["subclass"]?.byte
        alternative.interfaceProtocol = value["protocol"]?.byte
        alternative.endpoints = (value["endpoints"]?.elements ?? []).compactMap(\.byte)
        alternative.manufacturer = value["manufacturer"]?.text
        alternative.product = value["product"]?.text
        alternative.serial = value["serial"]?.text
        alternative.serialPort = value["serial-port"]?.text
        alternative.uri = value["uri"]?.text
        if let uri = value["uri"] {
            try refuseOthers(value, beside: "uri")
            guard self.driver == .cups else { throw reader.misplaced(uri, "`uri` is for `driver: cups`") }
            guard alternative.uri?.contains("://") == true else {
                throw reader.error(uri, "`uri` must name a scheme, as \"ipp://\"")
            }
        } else if let port = value["serial-port"] {
            try refuseOthers(value, beside: "serial-port")
            let path = alternative.serialPort ?? ""
            guard path.hasPrefix("/dev/"), !path.split(separator: "/").contains("..") else {
                throw reader.error(port, "`serial-port` must begin with /dev/, as \"/dev/serial/by-id/*\"")
            }
        } else {
            try checkUSB(alternative, value, kind)
        }
        var isSerialDriver = false
        if case .samv(let settings) = driver, case .serial = settings.transport { isSerialDriver = true }
        guard isSerialDriver == (alternative.serialPort != nil) else {
            throw reader.error(value, "`serial-port` and `transport: serial` belong together: give both or neither")
        }
        return alternative
    }

    private func refuseOthers(_ value: ProfileValue, beside key: String) throws(ProfileError) {
        for other in ProfileGrammar.match where other.name != key {
            guard let extra = value[other.name] else { continue }
            throw reader.misplaced(extra, "`\(other.name)` cannot stand beside `\(key)`: make two entries")
        }
    }

    private func checkUSB(
        _ alternative: DeviceMatcher.Alternative, _ value: ProfileValue, _ kind: HardwareProfile.Kind
    ) throws(ProfileError) {
        // A string alone would have every device opened, and no udev rule could be written for it.
        guard !alternative.devices.isEmpty || alternative.interfaceClass != nil else {
            throw reader.error(value, "an entry of `match` needs `devices`, `class`, `serial-port` or `uri`")
        }
        if let subclass = value["subclass"], alternative.interfaceClass == nil {
            throw reader.misplaced(subclass, "`subclass` needs `class`")
        }
        if let number = value["protocol"], alternative.interfaceSubclass == nil {
            throw reader.misplaced(number, "`protocol` needs `subclass`")
        }
        // Every camera has the class: without a name, the document camera could be taken for the other one.
        if kind == .faceCamera, alternative.strings.isEmpty {
            throw reader.error(value, "a face-camera needs `manufacturer`, `product` or `serial`")
        }
    }
}

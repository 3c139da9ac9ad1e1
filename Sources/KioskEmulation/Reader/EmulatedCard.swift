/// Invented identity cards, and the records a reader gives of them (GA/T 490 and the later layouts).

import FoundationEssentials

public struct EmulatedCard: Codable, Hashable, Sendable {
    /// Which record layout the card's text follows, by the character at byte 248.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// 居民身份证: a space.
        case resident
        /// 港澳台居民居住证: `J`.
        case residencePermit
        /// 外国人永久居留身份证 of 2023: `Y`.
        case foreigner2023
        /// 外国人永久居留身份证 of 2017: `I`.
        case foreigner2017
        /// A letter that no published layout knows: `Q`.
        case unsupported

        var letter: String {
            switch self {
            case .resident: " "
            case .residencePermit: "J"
            case .foreigner2023: "Y"
            case .foreigner2017: "I"
            case .unsupported: "Q"
            }
        }
    }

    /// One word, for the control socket.
    public var id: String
    /// For the person at the dock.
    public var title: String
    public var titleEnglish: String
    public var kind: Kind
    public var name: String
    /// Foreigners' cards only.
    public var nameEnglish: String?
    /// GB/T 2261.1: `1` or `2`.
    public var sex: String
    /// GB/T 3304, two digits; for a foreigner the ISO 3166 nationality.
    public var nation: String
    /// `YYYYMMDD`.
    public var birth: String
    public var address: String
    public var number: String
    public var issuer: String
    /// `YYYYMMDD`.
    public var validFrom: String
    /// `YYYYMMDD` or 长期.
    public var validTo: String
    /// 通行证号码; residence permits only.
    public var permitNumber: String?
    /// How many fingerprint templates the card carries: 0 (as nil), 1 or 2.
    public var fingerprints: Int?
    /// Addresses written to the card later, the newest last; at most four are given.
    public var extraAddresses: [String]?

    public init(
        id: String, title: String, titleEnglish: String, kind: Kind = .resident, name: String,
        nameEnglish: String? = nil, sex: String, nation: String, birth: String, address: String, number: String,
        issuer: String, validFrom: String, validTo: String, permitNumber: String? = nil, fingerprints: Int? = nil,
        extraAddresses: [String]? = nil
    ) {
        self.id = id
        self.title = title
        self.titleEnglish = titleEnglish
        self.kind = kind
        self.name = name
        self.nameEnglish = nameEnglish
        self.sex = sex
        self.nation = nation
        self.birth = birth
        self.address = address
        self.number = number
        self.issuer = issuer
        self.validFrom = validFrom
        self.validTo = validTo
        self.permitNumber = permitNumber
        self.fingerprints = fingerprints
        self.extraAddresses = extraAddresses
    }

    /// 256 bytes of UTF-16LE, each field padded with spaces; a field that is too long is cut.
    public var textRecord: [UInt8] {
        var units = [UInt16](repeating: 0x0020, count: 128)
        for (offset, length, text) in fields + [(248, 2, kind.letter)] {
            let first = offset / 2
            for (index, unit) in text.utf16.prefix(length / 2).enumerated() {
                units[first + index] = unit
            }
        }
        return units.flatMap { [UInt8](littleEndian: $0) }
    }

    /// 1024 bytes that stand where the compressed photograph would be. They are marked, differ from person to
    /// person and are the same every time; they are not a photograph.
    public var photoRecord: [UInt8] {
        synthetic("SYNTHETIC PHOTO ", length: 1024)
    }

    /// 0, 512 or 1024 bytes that stand where fingerprint templates would be; each template is marked. They are not
    /// fingerprints.
    public var fingerprintRecord: [UInt8] {
        (0..<Swift.min(Swift.max(0, fingerprints ?? 0), 2)).flatMap {
            synthetic("SYNTHETIC FINGER \($0 + 1) ", length: 512)
        }
    }

    /// Four slots of 70 bytes, or nothing when there is no later address.
    public var extraAddressRecord: [UInt8] {
        guard let extraAddresses, !extraAddresses.isEmpty else { return [] }
        return (0..<4).flatMap { slot in
            let units = slot < extraAddresses.count ? Array(extraAddresses[slot].utf16.prefix(35)) : []
            return (units + [UInt16](repeating: 0x0020, count: 35 - units.count)).flatMap {
                [UInt8](littleEndian: $0)
            }
        }
    }

    private func synthetic(_ mark: String, length: Int) -> [UInt8] {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in number.utf8 {
            state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        var record = Array(mark.utf8)
        while record.count < length {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            record.append(UInt8(truncatingIfNeeded: state >> 24))
        }
        return record
    }

    /// Byte offset, byte length and text.
    private var fields: [(Int, Int, String)] {
        switch kind {
        case .resident, .unsupported:
            common + [(32, 4, nation), (52, 70, address), (158, 30, issuer)]
        case .residencePermit:
            common + [(52, 70, address), (158, 30, issuer), (220, 18, permitNumber ?? ""), (238, 4, "01")]
        case .foreigner2023:
            common + [
                (32, 4, "01"), (52, 70, String((nameEnglish ?? "").prefix(35))),
                (220, 22, String((nameEnglish ?? "").dropFirst(35))), (242, 6, nation),
            ]
        case .foreigner2017:
            [
                (0, 120, nameEnglish ?? ""), (120, 2, sex), (122, 30, number), (152, 6, nation), (158, 30, name),
                (188, 16, validFrom), (204, 16, validTo), (220, 16, birth), (236, 4, "01"), (240, 8, "1500"),
            ]
        }
    }

    private var common: [(Int, Int, String)] {
        [(0, 30, name), (30, 2, sex), (36, 16, birth), (122, 36, number), (188, 16, validFrom), (204, 16, validTo)]
    }
}

extension EmulatedCard {
    /// People who do not exist: their numbers' area codes are not assigned, but for the one that all of Hong Kong has.
    public static let builtIn: [EmulatedCard] = [
        EmulatedCard(
            id: "zhang", title: "张伟民", titleEnglish: "adult, owner", name: "张伟民", sex: "1", nation: "01",
            birth: "19900101", address: "黑龙江省哈尔滨市样例区演示街1号2单元301室", number: "230199199001010018",
            issuer: "哈尔滨市公安局样例分局", validFrom: "20200601", validTo: "20400601", fingerprints: 2),
        EmulatedCard(
            id: "wang", title: "王秀兰", titleEnglish: "elder, card without end", name: "王秀兰", sex: "2", nation: "11",
            birth: "19520315", address: "黑龙江省哈尔滨市样例区演示街1号2单元301室", number: "230199195203150029",
            issuer: "哈尔滨市公安局样例分局", validFrom: "20120401", validTo: "长期"),
        EmulatedCard(
            id: "li", title: "李静", titleEnglish: "adult, Zhang's wife", name: "李静", sex: "2", nation: "01",
            birth: "19850612", address: "黑龙江省哈尔滨市样例区演示街1号2单元301室", number: "230199198506120023",
            issuer: "哈尔滨市公安局样例分局", validFrom: "20160301", validTo: "20360301", fingerprints: 1,
            extraAddresses: ["黑龙江省哈尔滨市样例区模拟路7号5单元702室"]),
        EmulatedCard(
            id: "zhao", title: "赵立新", titleEnglish: "card has expired", name: "赵立新", sex: "1", nation: "03",
            birth: "19930820", address: "黑龙江省哈尔滨市样例区模拟路20号", number: "230199199308200019",
            issuer: "哈尔滨市公安局样例分局", validFrom: "20110501", validTo: "20210501"),
        EmulatedCard(
            id: "unsupported", title: "未知证件", titleEnglish: "a kind no kiosk knows", kind: .unsupported,
            name: "样卡", sex: "1", nation: "01", birth: "19800101", address: "样例地址",
            number: "230199198001010013", issuer: "样例机关", validFrom: "20200101", validTo: "20300101"),
        // Province 99, ISO 3166 numeric 999 and letters UTO are not assigned. The English name's 35th character, the
        // last of the first field, is a space.
        EmulatedCard(
            id: "foreigner2023", title: "外国人2023", titleEnglish: "foreigner's card of 2023", kind: .foreigner2023,
            name: "样例珊", nameEnglish: "SPECIMEN, ALEXANDRA MARGARETHA ANN THEODORA", sex: "2", nation: "UTO",
            birth: "19870420", address: "", number: "999999198704200022", issuer: "", validFrom: "20231201",
            validTo: "20331130"),
        EmulatedCard(
            id: "foreigner2017", title: "外国人2017", titleEnglish: "foreigner's card of 2017", kind: .foreigner2017,
            name: "样例翰", nameEnglish: "SPECIMEN-OF-UTOPIA, MAXIMILIAN CHRISTOPHER BARTHOLOMEW JOHN", sex: "1",
            nation: "UTO", birth: "19850721", address: "", number: "UTO239985072115", issuer: "",
            validFrom: "20180301", validTo: "20280228"),
        EmulatedCard(
            id: "hk", title: "港居住证", titleEnglish: "HK residence permit, lady", kind: .residencePermit, name: "何样例",
            sex: "2", nation: "", birth: "19910304", address: "黑龙江省哈尔滨市样例区演示街12号",
            number: "810000199103040024", issuer: "哈尔滨市公安局样例分局", validFrom: "20240401", validTo: "20290401",
            permitNumber: "H00000001"),
    ]
}

extension EmulatedCard {
    /// Reads every `*.json` of the folder, one card a file, in order of file name.
    public static func load(directory: String) throws(EmulationError) -> [EmulatedCard] {
        let manager = FileManager.default
        let files: [String]
        do {
            files = try manager.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw EmulationError(.file, "no folder of cards at \(directory)")
        }
        var cards: [EmulatedCard] = []
        for file in files where file.hasSuffix(".json") {
            guard let data = manager.contents(atPath: directory + "/" + file),
                let card = try? JSONDecoder().decode(EmulatedCard.self, from: data)
            else { throw EmulationError(.file, "\(file) is not a card") }
            cards.append(card)
        }
        return cards
    }
}

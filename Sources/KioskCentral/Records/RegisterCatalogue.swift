/// Which registers the matters ask, and by what: learned from the matter files, kept beside the database.

import Crypto
import FoundationEssentials
public import KioskCore

public struct RegisterCatalogue: Codable, Hashable, Sendable {
    /// One matter's look-up.
    public struct Use: Codable, Hashable, Sendable {
        /// An answer that finds a record, or narrows it down.
        public struct Key: Codable, Hashable, Sendable {
            public var name: String
            /// A citizen number typed in a matter that reads no card: it must be given, and be the record's own.
            public var isNumber: Bool
            /// The example that the citizen sees.
            public var sample: String?
        }

        public var register: String
        public var department: Localized
        /// The matter reads no card.
        public var isAnonymous: Bool
        public var keys: [Key]
    }

    public var registers: [String: Register]
    /// What the matters are called, by code.
    public var titles: [String: Localized]
    /// By matter code.
    public var uses: [String: Use]

    public static let empty = RegisterCatalogue([])

    public init(_ matters: [Matter]) {
        registers = [:]
        titles = [:]
        uses = [:]
        for matter in matters {
            titles[matter.code] = matter.title
            guard let lookup = matter.lookup else { continue }
            registers[lookup.register.name] = lookup.register
            uses[matter.code] = Self.use(of: lookup, in: matter)
        }
    }

    /// Reads a folder of matter files. Files with findings are left out and counted: `kiosk-matters check` names them.
    public static func read(matters folder: String) throws -> (catalogue: RegisterCatalogue, unreadable: Int) {
        let result = MatterLoader.load(try MatterFolder.read(folder)) { text in
            hexadecimal(SHA256.hash(data: Data(text.utf8)))
        }
        return (RegisterCatalogue(result.library.matters), result.library.unavailable.count)
    }

    /// The catalogue that was kept last; empty when none was.
    static func kept(in data: DataFolder) throws -> RegisterCatalogue {
        let path = data.path("registers.json")
        guard DurableFiles.exists(path) else { return .empty }
        return try JSONDecoder().decode(
            RegisterCatalogue.self, from: Data(try DurableFiles.read(path, limit: 16 << 20)))
    }

    /// Throws with the nearest names when there is no such register.
    func register(_ name: String) throws(CentralError) -> Register {
        if let register = registers[name] { return register }
        guard !registers.isEmpty else {
            throw CentralError(
                .invalid, "no register is known yet: run `kiosk-central init` or `serve` with --matters first")
        }
        throw CentralError(
            .notFound,
            "no register “\(name)”; the matters ask " + registers.keys.sorted().joined(separator: ", "))
    }

    func keep(in data: DataFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try DurableFiles.write(Array(try encoder.encode(self)), to: data.path("registers.json"), mode: 0o600)
    }

    private static func use(of lookup: Matter.Lookup, in matter: Matter) -> Use {
        let isAnonymous = matter.identity == .none
        var names = lookup.keys
        if names.isEmpty, isAnonymous {
            names = matter.pages.filter { $0.section == nil }.flatMap { $0.fields.map(\.key) }
        }
        let keys = names.compactMap { name -> Use.Key? in
            guard let field = matter.field(name), field.kind.isSearched else { return nil }
            let isFact = lookup.register.facts.contains { $0.key == name && $0.kind.isSearched }
            let isNumber = !isFact && isAnonymous && field.kind == .idNumber && lookup.keys.contains(name)
            guard isFact || isNumber else { return nil }
            var sample: String?
            if case .text(let text) = field.sampleAnswer() { sample = text }
            return Use.Key(name: name, isNumber: isNumber, sample: sample)
        }
        return Use(
            register: lookup.register.name, department: matter.department, isAnonymous: isAnonymous, keys: keys)
    }
}

extension Field.Kind {
    /// Whether an answer of this type finds a record: what people copy from a paper, never a choice among a few.
    var isSearched: Bool {
        switch self {
        case .text, .number, .dateTime, .date, .month, .phone, .address, .idNumber, .creditCode, .bankCard: true
        case .money, .flag, .choice, .multi, .records: false
        }
    }
}

/// A key as it is compared: without blanks, capitals only.
func searched(_ text: some StringProtocol) -> String {
    String(text.uppercased().unicodeScalars.filter { !$0.properties.isWhitespace }.prefix(200).map(Character.init))
}

/// A typed or chosen text; nil for anything else, and for an empty one.
func text(_ answer: Answer?) -> String? {
    switch answer {
    case .text(let text), .choice(let text): text.isEmpty ? nil : text
    case .choices, .flag, .records, nil: nil
    }
}

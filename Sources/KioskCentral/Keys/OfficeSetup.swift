/// Makes a central office's folder and enrols terminals: what the command line does before the server runs.

import Crypto
import FoundationEssentials
public import KioskCore

public enum OfficeSetup {
    /// What `initialise` did that a person must be told.
    public struct Outcome: Hashable, Sendable {
        /// The first user and the password made for it; nil when a user was there or a password was given.
        public var generatedPassword: String?
        public var user: String?
    }

    /// Makes keys, certificates, database and first user where they are missing. Repeating it changes nothing.
    ///
    /// - Parameters:
    ///   - hosts: Names and IPv4 addresses of the server besides `localhost` and `127.0.0.1`.
    ///   - password: For the first user; one is generated when nil.
    ///   - catalogue: The registers that the matters ask; those kept before when nil.
    ///   - demo: Fills every register with invented people, and replaces what it said of them.
    public static func initialise(
        _ data: DataFolder, hosts: [String], user: String, password: String?, catalogue: RegisterCatalogue?,
        demo: Bool, now: Timestamp
    ) throws -> Outcome {
        try DurableFiles.makeFolder(data.root)
        try DurableFiles.makeFolder(data.path("keys"))
        return try data.whileLocked {
            let outcome = try makeMissing(data, hosts: hosts, user: user, password: password, now: now)
            try catalogue?.keep(in: data)
            if demo { try fillRegisters(data, try catalogue ?? .kept(in: data)) }
            return outcome
        }
    }

    private static func makeMissing(
        _ data: DataFolder, hosts: [String], user: String, password: String?, now: Timestamp
    ) throws -> Outcome {
        let authority = try CertificateAuthority(data: data, now: now)
        var names = ["localhost", "127.0.0.1"]
        for host in hosts where !names.contains(host) { names.append(host) }
        try authority.ensureServerCertificate(data: data, hosts: names, now: now)
        try KeyFile.ensure(data.key("office.key")) { try XWingMLKEM768X25519.PrivateKey().seedRepresentation }
        // The private half belongs in a safe: whoever runs this moves the file away. Enrolment needs the public one.
        if !DurableFiles.exists(data.key("recovery.pub")) {
            let recovery = try XWingMLKEM768X25519.PrivateKey()
            try KeyFile.write(recovery.seedRepresentation, to: data.key("recovery.key"))
            try KeyFile.write(recovery.publicKey.rawRepresentation, to: data.key("recovery.pub"))
        }
        try KeyFile.ensure(data.key("index.key")) { Data(randomBytes(32)) }
        _ = try TerminalRegistry(data: data)
        _ = try OfficeDatabase(data: data)
        let users = try UserDirectory(data: data)
        var outcome = Outcome(generatedPassword: nil, user: nil)
        if users.isEmpty {
            let chosen = password ?? readablePassword()
            try users.save(name: user, password: chosen, now: now)
            outcome.user = user
            if password == nil { outcome.generatedPassword = chosen }
        }
        // Last: its presence says that the folder is whole.
        try KeyFile.ensure(data.key("receipt.key")) { Curve25519.Signing.PrivateKey().rawRepresentation }
        return outcome
    }

    /// Adds a user of the office pages, or gives one a new password. Works while the server runs.
    public static func setUser(_ data: DataFolder, name: String, password: String, now: Timestamp) throws {
        try data.requireInitialised()
        try UserDirectory(data: data).save(name: name, password: password, now: now)
    }

    /// Writes the enrolment folder of a terminal and accepts it from now on; its earlier certificate ends.
    /// Works while the server runs.
    public static func enrol(
        _ data: DataFolder, terminal name: String, out: String, officeURL: String, publicURL: String, now: Timestamp
    ) throws {
        try data.requireInitialised()
        guard let terminal = TerminalID(name) else {
            throw CentralError(.invalid, "a terminal's id is 2 to 16 capitals, digits and hyphens: \(name)")
        }
        let keys = try OfficeKeys(data: data)
        let authority = try CertificateAuthority(data: data, now: now)
        let registry = try TerminalRegistry(data: data)
        let client = try authority.issueTerminalCertificate(terminal, now: now)
        let signing = Curve25519.Signing.PrivateKey()
        let signingKeyID = keyID(of: signing.publicKey.rawRepresentation)
        let recovery = try KeyFile.read(data.key("recovery.pub"))
        let office = keys.office.publicKey.rawRepresentation
        let enrolment = Enrolment(
            terminal: terminal.text, officeURL: officeURL, publicURL: publicURL, signingKeyID: signingKeyID,
            receiptKeys: [keys.receiptKeyID: keys.receipt.publicKey.rawRepresentation.base64EncodedString()],
            recipients: [
                .init(keyID: keys.officeKeyID, publicKey: office.base64EncodedString()),
                .init(keyID: keyID(of: recovery), publicKey: recovery.base64EncodedString()),
            ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFiles.makeFolder(out)
        try DurableFiles.write(
            try DurableFiles.read(data.key("ca.pem"), limit: 64 << 10), to: "\(out)/ca.pem", mode: 0o644)
        try DurableFiles.write(Array(client.pem.utf8), to: "\(out)/client.pem", mode: 0o644)
        try DurableFiles.write(Array(client.keyPEM.utf8), to: "\(out)/client.key.pem", mode: 0o600)
        try KeyFile.write(signing.rawRepresentation, to: "\(out)/signing.key")
        try DurableFiles.write(Array(try encoder.encode(enrolment)), to: "\(out)/enrolment.json", mode: 0o644)

        var signingKeys = try registry.record(of: terminal)?.signingKeys ?? [:]
        signingKeys[signingKeyID] = signing.publicKey.rawRepresentation.base64EncodedString()
        try registry.save(
            TerminalRecord(
                terminal: terminal.text, certificate: client.fingerprint.hex, signingKeys: signingKeys,
                publicURL: publicURL, enrolledAt: now, revokedAt: nil),
            of: terminal)
    }

    /// Refuses the terminal from now on. Works while the server runs.
    public static func revoke(_ data: DataFolder, terminal name: String, now: Timestamp) throws {
        try data.requireInitialised()
        let registry = try TerminalRegistry(data: data)
        guard let terminal = TerminalID(name), var record = try registry.record(of: terminal) else {
            throw CentralError(.notFound, "no such terminal: \(name)")
        }
        record.revokedAt = now
        try registry.save(record, of: terminal)
    }

    private static func fillRegisters(_ data: DataFolder, _ catalogue: RegisterCatalogue) throws {
        guard !catalogue.registers.isEmpty else {
            throw CentralError(.invalid, "no register is known: name the matters folder with --matters")
        }
        let database = try OfficeDatabase(data: data)
        let uses = catalogue.uses.sorted { $0.key < $1.key }.map(\.value)
        for register in catalogue.registers.values {
            try database.replaceRecords(DemoRecords.records(of: register, uses: uses), in: register)
        }
    }

    /// Puts a department's records into a register, all or nothing; gives their number. Throws `RecordImportError`
    /// with the line for what does not fit.
    ///
    /// - Parameter isCSV: CSV with a heading; else JSON.
    public static func importRecords(
        _ data: DataFolder, _ bytes: [UInt8], isCSV: Bool, register name: String
    ) throws -> Int {
        try data.requireInitialised()
        let register = try RegisterCatalogue.kept(in: data).register(name)
        let records =
            try isCSV ? RecordImport.csv(bytes, register: register) : RecordImport.json(bytes, register: register)
        try data.whileLocked { try OfficeDatabase(data: data).replaceRecords(records, in: register) }
        return records.count
    }

    /// Twenty letters and digits without those that look alike.
    private static func readablePassword() -> String {
        let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        let letters = (0..<20).compactMap { _ in alphabet.randomElement(using: &generator) }
        return stride(from: 0, to: letters.count, by: 5).map { String(letters[$0..<min($0 + 5, letters.count)]) }
            .joined(separator: "-")
    }
}

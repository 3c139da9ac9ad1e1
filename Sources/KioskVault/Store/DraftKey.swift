// The key of one draft, and how the draft's bytes are sealed under it.

internal import Crypto
internal import FoundationEssentials
internal import KioskCore

/// Lives in memory alone; its bytes are overwritten when the last copy goes.
///
/// With a card: HKDF-SHA256(text record ‖ photo record, random salt). The text of a card can be guessed; the compressed
/// photograph cannot, so only a reading with a photo record may protect something on the disk.
struct DraftKey: Sendable {
    static let saltBytes = 32

    enum Kind: String {
        case state, attachment
    }

    let session: String
    private let key: SymmetricKey

    init(session: String, reading: IdentityReading, salt: [UInt8]) {
        self.session = session
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: reading.textRecord + reading.photoRecord),
            salt: salt, info: Array("kiosk draft key v1".utf8), outputByteCount: 32)
    }

    /// For a session that no card was read in.
    init(randomFor session: String) {
        self.session = session
        key = SymmetricKey(size: .bits256)
    }

    static func newSalt() -> [UInt8] {
        (0..<saltBytes).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// False when the card gave no photograph: then nothing may be written to the disk.
    static func mayProtectDisk(_ reading: IdentityReading) -> Bool {
        guard let first = reading.photoRecord.first else { return false }
        return reading.photoRecord.contains { $0 != first }
    }

    func seal(_ bytes: some DataProtocol, _ kind: Kind, id: String) throws -> Data {
        let box = try AES.GCM.seal(bytes, using: key, authenticating: authenticatedData(kind, id))
        guard let combined = box.combined else { throw VaultError(.sealing, "AES-GCM gave no combined box") }
        return combined
    }

    /// Throws when the key is another card's or the bytes were changed.
    func open(_ sealed: some DataProtocol, _ kind: Kind, id: String) throws -> [UInt8] {
        let box = try AES.GCM.SealedBox(combined: sealed)
        return Array(try AES.GCM.open(box, using: key, authenticating: authenticatedData(kind, id)))
    }

    /// The length of a state would tell how far a citizen got: it is padded to whole pages of 4 KiB.
    func sealState(_ state: SessionState) throws -> Data {
        let json = try WireJSON.encode(state)
        let length = UInt32(clamping: json.count)
        var padded = withUnsafeBytes(of: length.bigEndian) { Data($0) }
        padded.append(json)
        let page = 4096
        padded.append(Data(count: (page - padded.count % page) % page))
        return try seal(padded, .state, id: "state")
    }

    func openState(_ sealed: some DataProtocol) throws -> SessionState {
        let padded = try open(sealed, .state, id: "state")
        let length = padded.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard padded.count >= 4, length <= padded.count - 4 else {
            throw VaultError(.sealing, "the length of a draft is wrong")
        }
        return try WireJSON.decode(SessionState.self, from: padded.dropFirst(4).prefix(length))
    }

    private func authenticatedData(_ kind: Kind, _ id: String) -> [UInt8] {
        Array("kiosk draft v1|\(session)|\(kind.rawValue)|\(id)".utf8)
    }
}

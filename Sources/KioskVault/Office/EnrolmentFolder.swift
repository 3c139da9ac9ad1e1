/// Reads and checks what `kiosk-central enrol` wrote for this terminal.

public import Crypto
internal import FoundationEssentials
internal import Glibc
public import KioskCore
internal import NIOSSL

/// The terminal's identity towards its office: names, keys and certificates. Loaded once, then a plain value.
public struct EnrolmentFolder: Sendable {
    struct SealingRecipient: Sendable {
        let keyID: String
        let publicKey: XWingMLKEM768X25519.PublicKey
    }

    public let enrolment: Enrolment
    /// Signs manifests.
    public let signingKey: Curve25519.Signing.PrivateKey
    let recipients: [SealingRecipient]
    let receiptKeys: [String: Curve25519.Signing.PublicKey]
    /// PEM bytes as they stand in the folder.
    let certificateAuthority: [UInt8]
    let clientCertificate: [UInt8]
    let clientKey: [UInt8]

    /// Blocks while it reads five small files: call it at start, before the terminal serves anybody.
    ///
    /// Throws `VaultError.enrolment` that names the file and what to do.
    public static func load(_ folder: String) throws(VaultError) -> EnrolmentFolder {
        let json = try contents(of: "enrolment.json", in: folder)
        guard let enrolment = try? WireJSON.decode(Enrolment.self, from: json) else {
            throw problem("\(folder)/enrolment.json is not an enrolment", folder)
        }
        let signing = try contents(of: "signing.key", in: folder, secret: true)
        return try EnrolmentFolder(
            enrolment: enrolment, signingKeyText: signing,
            certificateAuthority: try contents(of: "ca.pem", in: folder),
            clientCertificate: try contents(of: "client.pem", in: folder),
            clientKey: try contents(of: "client.key.pem", in: folder, secret: true), folder: folder)
    }

    init(
        enrolment: Enrolment, signingKeyText: [UInt8], certificateAuthority: [UInt8], clientCertificate: [UInt8],
        clientKey: [UInt8], folder: String
    ) throws(VaultError) {
        let file = "\(folder)/enrolment.json"
        guard Self.isName(enrolment.terminal) else { throw Self.problem("\(file) has no usable terminal name", folder) }
        guard !enrolment.signingKeyID.isEmpty else { throw Self.problem("\(file) has no signingKeyID", folder) }
        guard let url = URL(string: enrolment.officeURL), url.scheme == "https", url.host?.isEmpty == false,
            url.query == nil
        else { throw Self.problem("\(file): officeURL must be an https address", folder) }

        let text = String(decoding: signingKeyText, as: UTF8.self).filter { !$0.isWhitespace }
        guard let seed = Data(base64Encoded: text), seed.count == 32,
            let signingKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { throw Self.problem("\(folder)/signing.key is not 32 bytes in base64", folder) }

        var receiptKeys: [String: Curve25519.Signing.PublicKey] = [:]
        for (id, base64) in enrolment.receiptKeys {
            guard let raw = Data(base64Encoded: base64),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
            else { throw Self.problem("\(file): receipt key \(id) is not an Ed25519 public key", folder) }
            receiptKeys[id] = key
        }
        guard !receiptKeys.isEmpty else { throw Self.problem("\(file) has no receipt key", folder) }

        var recipients: [SealingRecipient] = []
        for recipient in enrolment.recipients {
            guard let raw = Data(base64Encoded: recipient.publicKey),
                let key = try? XWingMLKEM768X25519.PublicKey(rawRepresentation: raw)
            else { throw Self.problem("\(file): recipient \(recipient.keyID) has no X-Wing public key", folder) }
            recipients.append(SealingRecipient(keyID: recipient.keyID, publicKey: key))
        }
        guard !recipients.isEmpty, Set(recipients.map(\.keyID)).count == recipients.count else {
            throw Self.problem("\(file) must name one recipient or more, each once", folder)
        }

        guard (try? NIOSSLCertificate.fromPEMBytes(certificateAuthority))?.isEmpty == false else {
            throw Self.problem("\(folder)/ca.pem holds no certificate", folder)
        }
        guard (try? NIOSSLCertificate.fromPEMBytes(clientCertificate))?.isEmpty == false else {
            throw Self.problem("\(folder)/client.pem holds no certificate", folder)
        }
        guard (try? NIOSSLPrivateKey(bytes: clientKey, format: .pem)) != nil else {
            throw Self.problem("\(folder)/client.key.pem holds no private key", folder)
        }

        self.enrolment = enrolment
        self.signingKey = signingKey
        self.recipients = recipients
        self.receiptKeys = receiptKeys
        self.certificateAuthority = certificateAuthority
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
    }

    private static func contents(
        of name: String, in folder: String, secret: Bool = false
    ) throws(VaultError) -> [UInt8] {
        let path = "\(folder)/\(name)"
        guard let ownership = FileSystem.ownership(of: path) else {
            throw problem("\(path) is missing", folder)
        }
        if secret {
            guard ownership.mode & 0o077 == 0 else {
                throw VaultError(.enrolment, "\(path) can be read by others: run `chmod 600 \(path)`")
            }
            guard ownership.owner == geteuid() || ownership.owner == 0 else {
                throw VaultError(.enrolment, "\(path) belongs to another user: give it to the user that runs kiosk")
            }
        }
        do {
            return try FileSystem.read(path, limit: 256 << 10)
        } catch {
            throw VaultError(.enrolment, error.detail)
        }
    }

    private static func problem(_ what: String, _ folder: String) -> VaultError {
        VaultError(
            .enrolment,
            "\(what): write the folder anew on the office's machine with `kiosk-central enrol --terminal NAME --out FOLDER` and copy it"
        )
    }

    /// Terminal names stand in URLs, receipt numbers and file names.
    private static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D
            }
    }
}

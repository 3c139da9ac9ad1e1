/// A received case as files: the case file, every item byte-exact, the signed manifest and the receipt.

import FoundationEssentials
import KioskCore

/// Opens one case for the pages, the zip and the export. Reads chunk by chunk.
struct CasePacket: Sendable {
    /// One file of the packet: an item of the manifest, or bytes that are here already.
    struct File: Sendable {
        enum Content: Sendable {
            case item(CaseManifest.Item)
            case bytes([UInt8])
        }

        var name: String
        var length: Int
        var checksum: UInt32
        var content: Content
    }

    let row: CaseRow
    let manifest: CaseManifest
    let opener: CaseOpener
    private let document: SignedDocument

    init(row: CaseRow, document: SignedDocument, keys: OfficeKeys, blobs: any BlobStore) throws {
        guard let manifest = CaseIntake.manifest(document) else {
            throw CentralError(.sealed, "the manifest is damaged")
        }
        self.row = row
        self.document = document
        self.manifest = manifest
        opener = try CaseOpener(manifest: manifest, reference: row.reference, keys: keys, blobs: blobs)
    }

    /// Nil when the case is flagged as something this office cannot read.
    func caseFile() async throws -> CaseFile? {
        guard row.flag != .unknownSchema, row.flag != .unreadable, let item = manifest.item(SealingSuite.caseSlot)
        else { return nil }
        let bytes = try await opener.item(item, limit: CaseIntake.caseFileBytes)
        return try JSONDecoder().decode(CaseFile.self, from: Data(bytes))
    }

    /// The files in the order of a zip: `case.json`, the items, `manifest.json`, `receipt.json`.
    func files(checksums: [String: UInt32], receipt: SignedDocument?) throws -> [File] {
        var files = manifest.items.map { item in
            File(
                name: Self.fileName(of: item), length: item.length, checksum: checksums[item.slot] ?? 0,
                content: .item(item))
        }
        files.sort { $0.name == "case.json" && $1.name != "case.json" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        for (name, document) in [("manifest.json", document as SignedDocument?), ("receipt.json", receipt)] {
            guard let document else { continue }
            let bytes = Array(try encoder.encode(document))
            var checksum = CRC32()
            checksum.update(bytes)
            files.append(File(name: name, length: bytes.count, checksum: checksum.value, content: .bytes(bytes)))
        }
        return files
    }

    /// `case.json` for the case file; else the slot under `attachments/` with the ending of its type.
    static func fileName(of item: CaseManifest.Item) -> String {
        if item.slot == SealingSuite.caseSlot { return "case.json" }
        let ending =
            switch item.mediaType {
            case "image/jpeg": ".jpg"
            case "image/png": ".png"
            case "application/pdf": ".pdf"
            case "application/json": ".json"
            default: ".bin"
            }
        return "attachments/\(item.slot)\(item.slot.hasSuffix(ending) ? "" : ending)"
    }
}

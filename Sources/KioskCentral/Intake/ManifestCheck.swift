/// Reads a manifest from a terminal and refuses what Case Sync v1 does not allow, before any of it is used.

import FoundationEssentials
import KioskCore

enum ManifestCheck {
    /// Decodes the signed bytes and checks every length, count and name in them.
    static func read(_ payload: Data) throws(Refusal) -> CaseManifest {
        guard let manifest = try? JSONDecoder().decode(CaseManifest.self, from: payload) else {
            throw .malformed("the manifest is not JSON of a CaseManifest")
        }
        guard manifest.proto == CaseManifest.proto else {
            throw .malformed("unknown proto; want \(CaseManifest.proto)")
        }
        guard isSchema(manifest.schema) else { throw .malformed("schema is not a short printable name") }
        guard manifest.suite == SealingSuite.xWing else {
            throw .malformed("unknown suite; want \(SealingSuite.xWing)")
        }
        guard (0...1_000_000).contains(manifest.epoch), manifest.sequence >= 1 else {
            throw .malformed("epoch or sequence out of range")
        }
        guard ContentDigest(hex: manifest.previousHash) != nil else { throw .malformed("previousHash is not SHA-256") }
        try checkRecipients(manifest.recipients)
        try checkItems(manifest.items)
        return manifest
    }

    private static func checkRecipients(_ recipients: [CaseManifest.Recipient]) throws(Refusal) {
        guard (1...8).contains(recipients.count) else { throw .malformed("a manifest has 1 to 8 recipients") }
        for recipient in recipients
        where recipient.keyID.utf8.count > 64 || recipient.encapsulated.utf8.count > 4096
            || recipient.wrappedKey.utf8.count > 256
        {
            throw .malformed("a recipient is too long")
        }
    }

    private static func checkItems(_ items: [CaseManifest.Item]) throws(Refusal) {
        guard (1...SyncLimits.itemsPerCase).contains(items.count) else {
            throw .malformed("a manifest has 1 to \(SyncLimits.itemsPerCase) items")
        }
        guard Set(items.map(\.slot)).count == items.count else { throw .malformed("two items have the same slot") }
        guard items.contains(where: { $0.slot == SealingSuite.caseSlot }) else {
            throw .malformed("no item has the slot of the case file")
        }
        var total = 0
        for item in items {
            guard isSlot(item.slot) else { throw .malformed("a slot is not a plain name") }
            guard isMediaType(item.mediaType) else { throw .malformed("a media type is malformed") }
            guard (0...SyncLimits.chunksPerItem * SyncLimits.chunkBytes).contains(item.length) else {
                throw .malformed("the length of an item is out of range")
            }
            let chunks = max(1, (item.length + SyncLimits.chunkBytes - 1) / SyncLimits.chunkBytes)
            guard item.chunks.count == chunks else { throw .malformed("an item's chunks do not fit its length") }
            guard ContentDigest(hex: item.sha256) != nil, item.chunks.allSatisfy({ ContentDigest(hex: $0) != nil })
            else { throw .malformed("a digest is not 64 lower-case hexadecimal digits") }
            total += item.length
        }
        guard total <= SyncLimits.caseBytes else { throw .tooLarge("the case is larger than the office takes") }
    }

    private static func isSchema(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension CaseManifest {
    /// Every chunk the manifest names, each once, in order.
    var chunkDigests: [ContentDigest] {
        var seen: Set<ContentDigest> = []
        return items.flatMap(\.chunks).compactMap { ContentDigest(hex: $0) }.filter { seen.insert($0).inserted }
    }

    func item(_ slot: String) -> Item? { items.first { $0.slot == slot } }
}

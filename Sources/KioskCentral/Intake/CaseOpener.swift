/// Opens sealed items chunk by chunk and checks each against its manifest; never a whole item in memory.

import Crypto
import FoundationEssentials
import KioskCore

/// One case that is open for reading, with the content key in memory only.
struct CaseOpener: Sendable {
    private let reference: CaseReference
    private let contentKey: SymmetricKey
    private let blobs: any BlobStore

    init(manifest: CaseManifest, reference: CaseReference, keys: OfficeKeys, blobs: any BlobStore) throws {
        self.reference = reference
        self.blobs = blobs
        contentKey = try keys.contentKey(of: manifest)
    }

    /// The plaintext of chunk `index` (from 0) of an item.
    func chunk(_ index: Int, of item: CaseManifest.Item) async throws -> [UInt8] {
        guard item.chunks.indices.contains(index), let digest = ContentDigest(hex: item.chunks[index]) else {
            throw CentralError(.sealed, "no such chunk")
        }
        let limit = SyncLimits.chunkBytes + SyncLimits.chunkOverhead
        let sealed = try await blobs.read(digest, of: reference, limit: limit)
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: contentKey, info: Data(SealingSuite.itemInfo(slot: item.slot).utf8), outputByteCount: 32)
        let context = SealingSuite.chunkAuthenticatedData(
            caseID: reference.caseID, slot: item.slot, index: index, count: item.chunks.count)
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            guard Array(box.nonce) == Self.nonce(index) else {
                throw CentralError(.sealed, "a chunk has another nonce than its place")
            }
            return Array(try AES.GCM.open(box, using: key, authenticating: Data(context.utf8)))
        } catch let error as CentralError {
            throw error
        } catch {
            throw CentralError(.sealed, "a chunk does not open")
        }
    }

    /// A whole item, refused above `limit` bytes.
    func item(_ item: CaseManifest.Item, limit: Int) async throws -> [UInt8] {
        guard item.length <= limit else { throw CentralError(.sealed, "the item is larger than \(limit) bytes") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(item.length)
        for index in item.chunks.indices { bytes += try await chunk(index, of: item) }
        return bytes
    }

    /// Opens every chunk and compares length and SHA-256 with the manifest; gives the CRC-32 of the plaintext.
    func verify(_ item: CaseManifest.Item) async throws -> UInt32 {
        var hasher = SHA256()
        var checksum = CRC32()
        var length = 0
        for index in item.chunks.indices {
            let plaintext = try await chunk(index, of: item)
            length += plaintext.count
            hasher.update(data: plaintext)
            checksum.update(plaintext)
        }
        guard length == item.length, hexadecimal(hasher.finalize()) == item.sha256 else {
            throw CentralError(.sealed, "an item is not what its manifest says")
        }
        return checksum.value
    }

    /// Twelve bytes, big-endian.
    private static func nonce(_ index: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 12)
        var rest = UInt64(clamping: index)
        for place in stride(from: 11, through: 4, by: -1) {
            bytes[place] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
        return bytes
    }
}

/// CRC-32 as zip uses it (ISO 3309, polynomial 0xEDB88320 reflected).
struct CRC32: Sendable {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~state }

    mutating func update(_ bytes: [UInt8]) {
        var state = state
        Self.table.withUnsafeBufferPointer { table in
            bytes.withUnsafeBufferPointer { bytes in
                for byte in bytes { state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8) }
            }
        }
        self.state = state
    }
}

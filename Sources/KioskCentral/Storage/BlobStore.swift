/// Keeps the sealed chunks of cases. The office's own disk implements it; an object store can.

import Crypto
import NIOCore
import Synchronization

public enum BlobOutcome: Hashable, Sendable {
    /// Durable now: file and folder are synced.
    case stored
    case alreadyHeld
    /// The bytes are not those of the digest; nothing was kept.
    case otherDigest
    case tooLarge
}

/// Chunks belong to one revision of one case and are never shared between cases.
protocol BlobStore: Sendable {
    /// Makes room for a case. Durable when it returns.
    func prepare(_ reference: CaseReference) async throws
    /// The chunks of this case that are durable.
    func held(of reference: CaseReference) async throws -> Set<ContentDigest>
    /// Streams `body` to disk while hashing it; at most `limit` bytes.
    func receive<Body: AsyncSequence & Sendable>(
        _ digest: ContentDigest, of reference: CaseReference, limit: Int, body: Body
    ) async throws -> BlobOutcome where Body.Element == ByteBuffer
    /// One whole chunk, at most `limit` bytes.
    func read(_ digest: ContentDigest, of reference: CaseReference, limit: Int) async throws -> [UInt8]
}

/// `chunks/TERMINAL/CASE/REV/SHA256` under the data folder; what is still arriving is in `incoming`.
struct FileBlobStore: BlobStore {
    /// Bytes gathered before they go to the disk in one write.
    private static let writeSize = 256 << 10

    private let chunks: String
    private let incoming: String

    /// Drops what an earlier run left half received.
    init(data: DataFolder) throws {
        chunks = data.path("chunks")
        incoming = data.path("incoming")
        try DurableFiles.makeFolder(chunks)
        try DurableFiles.makeFolder(incoming)
        for name in DurableFiles.names(in: incoming) { DurableFiles.remove("\(incoming)/\(name)") }
    }

    /// For reading beside a running server: what arrives there stays.
    init(reading data: DataFolder) {
        chunks = data.path("chunks")
        incoming = data.path("incoming")
    }

    func prepare(_ reference: CaseReference) async throws {
        let folder = folder(of: reference)
        try await BlockingWork.run { try DurableFiles.makeFolder(folder) }
    }

    func held(of reference: CaseReference) async throws -> Set<ContentDigest> {
        let folder = folder(of: reference)
        return try await BlockingWork.run {
            Set(DurableFiles.names(in: folder).compactMap { ContentDigest(hex: $0) })
        }
    }

    func receive<Body: AsyncSequence & Sendable>(
        _ digest: ContentDigest, of reference: CaseReference, limit: Int, body: Body
    ) async throws -> BlobOutcome where Body.Element == ByteBuffer {
        let path = "\(folder(of: reference))/\(digest)"
        if try await BlockingWork.run({ DurableFiles.exists(path) }) { return .alreadyHeld }
        let temporary = "\(incoming)/\(hexadecimal(randomBytes(16)))"
        let file = try await BlockingWork.run { try IncomingFile(path: temporary) }
        do {
            var length = 0
            var gathered = ByteBuffer()
            for try await part in body {
                length += part.readableBytes
                guard length <= limit else {
                    try await BlockingWork.run { DurableFiles.remove(temporary) }
                    return .tooLarge
                }
                gathered.writeImmutableBuffer(part)
                if gathered.readableBytes >= Self.writeSize {
                    let full = gathered
                    gathered = ByteBuffer()
                    try await BlockingWork.run { try file.append(full) }
                }
            }
            let last = gathered
            return try await BlockingWork.run {
                try file.append(last)
                guard try file.finish() == digest else {
                    DurableFiles.remove(temporary)
                    return .otherDigest
                }
                try DurableFiles.move(temporary, to: path)
                return .stored
            }
        } catch {
            DurableFiles.remove(temporary)
            throw error
        }
    }

    func read(_ digest: ContentDigest, of reference: CaseReference, limit: Int) async throws -> [UInt8] {
        let path = "\(folder(of: reference))/\(digest)"
        return try await BlockingWork.run { try DurableFiles.read(path, limit: limit) }
    }

    private func folder(of reference: CaseReference) -> String {
        "\(chunks)/\(reference.terminal)/\(reference.caseID)/\(reference.rev)"
    }
}

/// A file that grows while it is hashed. One request uses it, a write at a time.
private final class IncomingFile: Sendable {
    private struct State: ~Copyable {
        let file: OpenFile
        var hasher = SHA256()
    }

    private let state: Mutex<State>

    init(path: String) throws {
        state = Mutex(State(file: try OpenFile.creating(path, mode: 0o600)))
    }

    func append(_ bytes: ByteBuffer) throws {
        try state.withLock { state in
            try bytes.withUnsafeReadableBytes { part in
                try state.file.write(part)
                state.hasher.update(bufferPointer: part)
            }
        }
    }

    /// Syncs, and gives the digest of all that was written.
    func finish() throws -> ContentDigest {
        try state.withLock { state in
            try state.file.sync()
            return ContentDigest(state.hasher.finalize())
        }
    }
}

// Feeds the office's manifest check JSON as it comes, and a manifest in which some values are exchanged.

import FoundationEssentials
import KioskCore

private let digest = String(repeating: "0a", count: 32)

/// What stands in for a value of the manifest.
private let values = [
    "null", "0", "1", "-1", "64", "1048576", "1048577", "67108864", "9223372036854775807", "-9223372036854775808",
    "1e400",
    "0.5", "true", "\"\"", "\"case\"", "\".\"", "\"../x\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"文\"", "\"image/jpeg\"",
    "\"\(digest)\"", "\"\(digest.uppercased())\"", "[]", "{}", "[null]", "[\"\(digest)\",\"\(digest)\"]",
    "\"case-sync/2\"", String(repeating: "[", count: 700),
]

/// A sound manifest, cut where a value can be exchanged.
private let pieces: [(key: String, value: String)] = [
    ("{\"proto\":", "\"case-sync/1\""), (",\"schema\":", "\"kiosk.case/1\""), (",\"terminal\":", "\"DL01\""),
    (",\"caseID\":", "\"00000000-0000-4000-8000-000000000001\""), (",\"rev\":", "1"), (",\"epoch\":", "1"),
    (",\"sequence\":", "1"), (",\"previousHash\":", "\"\(digest)\""), (",\"sealedAt\":", "1795222800000"),
    (",\"suite\":", "\"\(SealingSuite.xWing)\""), (",\"recipients\":[{\"keyID\":", "\"live\""),
    (",\"encapsulated\":", "\"AA==\""), (",\"wrappedKey\":", "\"AA==\""), ("}],\"items\":[{\"slot\":", "\"case\""),
    (",\"mediaType\":", "\"application/json\""), (",\"length\":", "100"), (",\"sha256\":", "\"\(digest)\""),
    (",\"chunks\":", "[\"\(digest)\"]"), ("},{\"slot\":", "\"page\""), (",\"mediaType\":", "\"image/jpeg\""),
    (",\"length\":", "1048577"), (",\"sha256\":", "\"\(digest)\""), (",\"chunks\":", "[\"\(digest)\",\"\(digest)\"]"),
]

/// Pairs of bytes: which value is exchanged, and for what.
private func changed(_ bytes: [UInt8]) -> String {
    var own = pieces.map(\.value)
    for index in stride(from: 0, to: bytes.count - 1, by: 2) {
        own[Int(bytes[index]) % own.count] = values[Int(bytes[index + 1]) % values.count]
    }
    return zip(pieces, own).map { $0.key + $1 }.joined() + "}]}"
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzManifests(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let documents = [Data(bytes), Data(changed(Array(bytes.prefix(8))).utf8)]
    for (index, document) in documents.enumerated() {
        _ = try? JSONDecoder().decode(SignedDocument.self, from: document)
        _ = try? JSONDecoder().decode(CaseReceipt.self, from: document)
        do throws(Refusal) {
            let manifest = try ManifestCheck.read(document)
            precondition((1...SyncLimits.itemsPerCase).contains(manifest.items.count))
            precondition(manifest.items.reduce(0) { $0 + $1.length } <= SyncLimits.caseBytes)
            precondition(manifest.item(SealingSuite.caseSlot) != nil)
            precondition(!manifest.chunkDigests.isEmpty)
            precondition(manifest.items.allSatisfy { !$0.slot.contains("/") && !$0.slot.hasPrefix(".") })
            // What the office says of it later.
            _ = (manifest.sealedAt.chinaMinute, manifest.sealedAt.chinaDate.adding(workingDays: 5))
        } catch {
            precondition(!error.problem.detail.isEmpty)
            precondition(count > 0 || index == 0, "a sound manifest is refused")
        }
    }
    return 0
}

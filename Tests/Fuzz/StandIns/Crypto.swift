// Stands in for swift-crypto: the checked files name these types and call none of them while they check.

public struct SHA256Digest: Sequence {
    public func makeIterator() -> [UInt8].Iterator { [].makeIterator() }
}

public enum SHA256 {
    public static func hash(data: some Sequence<UInt8>) -> SHA256Digest { SHA256Digest() }
}

public struct SymmetricKeySize {
    public init(bitCount: Int) {}
}

public struct SymmetricKey {
    public init(size: SymmetricKeySize) {}

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
}

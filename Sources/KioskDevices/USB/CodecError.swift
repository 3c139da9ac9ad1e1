/// The one error of every codec: bytes from outside that do not follow their format.

/// Names the format and what is wrong with it. Never carries the bytes themselves, which may be personal data.
public struct CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Format: String, Sendable {
        case usbDescriptor, samvFrame, identityRecord, uvcDescriptor, uvcStreamControl, jpeg
        case ccidDescriptor, ccidMessage, answerToReset, protocolSelection, t1Block, chipCardRecord
    }

    public enum Problem: String, Sendable {
        case truncated, badLength, badChecksum, badValue, missing, tooLarge
    }

    public var format: Format
    public var problem: Problem
    /// The field's name, for the log.
    public var field: String

    public init(_ format: Format, _ problem: Problem, _ field: String) {
        self.format = format
        self.problem = problem
        self.field = field
    }

    public var description: String { "\(format.rawValue): \(problem.rawValue): \(field)" }
}

/// Bounds-checked reads, nil past the end.
extension Array<UInt8> {
    func uint8(_ offset: Int) -> UInt8? {
        offset >= 0 && offset < count ? self[offset] : nil
    }

    func littleEndian16(_ offset: Int) -> UInt16? {
        guard let low = uint8(offset), let high = uint8(offset + 1) else { return nil }
        return UInt16(low) | UInt16(high) << 8
    }

    func littleEndian32(_ offset: Int) -> UInt32? {
        guard let low = littleEndian16(offset), let high = littleEndian16(offset + 2) else { return nil }
        return UInt32(low) | UInt32(high) << 16
    }

    func bigEndian16(_ offset: Int) -> UInt16? {
        littleEndian16(offset)?.byteSwapped
    }
}

/// What carries SAM-V frames, whatever the wire.

/// Which bytes of an answer are waited for.
struct SAMVMissing: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        /// Preamble and LEN.
        case header
        /// What LEN announced.
        case body
        /// The same, of a frame whose body began where its header was.
        case bodyBehindHeader
    }

    var part: Part
    /// At least 1.
    var count: Int
}

/// One opened reader. Every call ends by its time-out, on task cancellation or when the device is gone; a serial line
/// fails with the same codes as USB.
protocol SAMVTransport: Sendable {
    /// For the technician.
    var name: String { get }
    /// Sends a whole request.
    func send(_ frame: [UInt8], timeoutMilliseconds: Int) async throws(USBError)
    /// Some bytes of an answer: fewer or more than are missing, none for an empty packet.
    func receive(_ missing: SAMVMissing, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8]
    /// Throws away what has come, until nothing came for `quietMilliseconds`. `damaged`: it was not quiet within
    /// `limitMilliseconds` and `SAMVFrame.maximumInput` bytes.
    func drain(quietMilliseconds: Int, limitMilliseconds: Int) async throws(USBError)
    /// The strongest means to bring the reader back short of a new connection. `noDevice`: it is to be found anew.
    func reset() async throws(USBError)
    func close() async
}

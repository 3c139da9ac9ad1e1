/// One open file of a usbfs node: serves the ioctls of the process that opened it.

internal import CUMockdev
import Glibc

/// Used by the connection's own thread only. When the process ends, however it ends, so does the connection, and its
/// unfinished transfers are forgotten.
final class USBFSClient {
    private struct Pending {
        var block: USBRequestBlock
        var due: Duration?
        /// Ended before it was carried out.
        var discarded = false
    }

    /// How long a question for finished transfers is held back when the one before found none either. The node always
    /// polls ready, so a process that waits would otherwise ask without pause.
    private static let patience = Duration.milliseconds(2)

    private let node: USBFSNode
    private let connection: UnixConnection
    private var pending: [Pending] = []
    private var lastReapFoundNone = false

    init(node: USBFSNode, connection: UnixConnection) {
        self.node = node
        self.connection = connection
    }

    /// Returns when the process has closed the node or is gone.
    func serve() {
        defer { node.releaseAll(of: ObjectIdentifier(self)) }
        while let bytes = connection.receive(exactly: PreloadMessage.length),
            let message = PreloadMessage.decode(bytes)
        {
            let answer: [UInt8]?
            if message.kind == PreloadMessage.ioctl {
                answer = ioctl(UInt32(truncatingIfNeeded: message.first), argument: message.second)
            } else {
                answer = PreloadMessage.done(result: PreloadMessage.unhandled, errno: 0)
            }
            guard let answer, connection.send(answer) else { return }
        }
    }

    /// Nil: the process is gone.
    private func ioctl(_ request: UInt32, argument: UInt) -> [UInt8]? {
        if node.isGone, request != CUMOCKDEV_REAPURB, request != CUMOCKDEV_REAPURBNDELAY,
            request != CUMOCKDEV_DISCARDURB
        {
            return failure(ENODEV)
        }
        if request != CUMOCKDEV_REAPURBNDELAY { lastReapFoundNone = false }
        let owner = ObjectIdentifier(self)
        switch request {
        case CUMOCKDEV_GET_CAPABILITIES:
            return PreloadMessage.writeMemory(at: argument, [UInt8](littleEndian: cumockdev_capabilities())) + result(0)
        case CUMOCKDEV_CLAIMINTERFACE:
            return withWords(at: argument, count: 1) { result(node.claim($0[0], by: owner)) }
        case CUMOCKDEV_DISCONNECT_CLAIM:
            return disconnectAndClaim(at: argument)
        case CUMOCKDEV_RELEASEINTERFACE:
            return withWords(at: argument, count: 1) { result(node.release($0[0], by: owner)) }
        case CUMOCKDEV_SETCONFIGURATION:
            return withWords(at: argument, count: 1) {
                node.setConfiguration($0[0])
                return result(0)
            }
        case CUMOCKDEV_SETINTERFACE:
            return withWords(at: argument, count: 2) {
                node.setInterface($0[0], alternate: $0[1])
                return result(0)
            }
        case CUMOCKDEV_CLEAR_HALT, CUMOCKDEV_RESETEP:
            return withWords(at: argument, count: 1) {
                node.clearHalt($0[0])
                return result(0)
            }
        case CUMOCKDEV_RESET:
            node.reset()
            return result(0)
        case CUMOCKDEV_GETDRIVER:
            return withWords(at: argument, count: 1) { words in
                guard let driver = node.driver(of: words[0]) else { return failure(ENODATA) }
                let name = driver.utf8.prefix(Self.driverNameLength - 1) + [0]
                return PreloadMessage.writeMemory(at: argument + 4, Array(name)) + result(0)
            }
        case CUMOCKDEV_IOCTL:
            return driverRequest(at: argument)
        case CUMOCKDEV_SUBMITURB:
            return submit(at: argument)
        case CUMOCKDEV_REAPURBNDELAY:
            return reap(into: argument, waits: false)
        case CUMOCKDEV_REAPURB:
            return reap(into: argument, waits: true)
        case CUMOCKDEV_DISCARDURB:
            return discard(argument)
        default:
            return failure(ENOTTY)
        }
    }

    // MARK: Kernel drivers

    /// USBDEVFS_MAXDRIVERNAME and the zero after it.
    private static let driverNameLength = 256

    /// struct usbdevfs_disconnect_claim: interface, flags, driver name.
    private func disconnectAndClaim(at address: UInt) -> [UInt8]? {
        guard let bytes = readMemory(at: address, count: 8 + Self.driverNameLength) else { return nil }
        guard let interface = bytes.littleEndian(UInt32.self, at: 0), let flags = bytes.littleEndian(UInt32.self, at: 4)
        else { return failure(EINVAL) }
        let name = String(decoding: bytes.dropFirst(8).prefix { $0 != 0 }, as: UTF8.self)
        let errno = node.disconnectAndClaim(interface, by: ObjectIdentifier(self)) { driver in
            (flags & CUMOCKDEV_DISCONNECT_IF_DRIVER != 0 && driver != name)
                || (flags & CUMOCKDEV_DISCONNECT_EXCEPT_DRIVER != 0 && driver == name)
        }
        return result(errno)
    }

    /// struct usbdevfs_ioctl: interface, request, data.
    private func driverRequest(at address: UInt) -> [UInt8]? {
        withWords(at: address, count: 2) { words in
            switch words[1] {
            case CUMOCKDEV_DISCONNECT:
                return result(node.disconnect(words[0]))
            case CUMOCKDEV_CONNECT:
                let bound = node.connect(words[0])
                return bound < 0 ? failure(Int32(-bound)) : PreloadMessage.done(result: bound, errno: 0)
            default:
                return failure(ENOTTY)
            }
        }
    }

    // MARK: Transfers

    private func submit(at address: UInt) -> [UInt8]? {
        guard let header = readMemory(at: address, count: USBRequestBlock.headerLength) else { return nil }
        guard var block = USBRequestBlock(address: address, header: header) else { return failure(EINVAL) }
        if block.kind == .isochronous {
            guard
                let packets = readMemory(
                    at: address + UInt(USBRequestBlock.headerLength),
                    count: block.packetCount * USBRequestBlock.packetLength)
            else { return nil }
            guard block.setPackets(packets) else { return failure(EINVAL) }
        }
        if block.kind == .control || block.endpoint & 0x80 == 0, block.bufferLength > 0 {
            guard let data = readMemory(at: block.bufferAddress, count: block.bufferLength) else { return nil }
            block.data = data
        }
        pending.append(Pending(block: block))
        return result(0)
    }

    private func discard(_ address: UInt) -> [UInt8] {
        guard let index = pending.firstIndex(where: { $0.block.address == address && !$0.discarded }) else {
            return failure(EINVAL)
        }
        pending[index].discarded = true
        return result(0)
    }

    private func reap(into argument: UInt, waits: Bool) -> [UInt8]? {
        let deadline = node.time.now() + (lastReapFoundNone ? Self.patience : .zero)
        while true {
            let (finished, nextDue) = finishOne()
            if let finished {
                lastReapFoundNone = false
                let pointer = PreloadMessage.writeMemory(at: argument, [UInt8](littleEndian: finished.address))
                return finished.messages + pointer + result(0)
            }
            if pending.isEmpty, node.isGone { return failure(ENODEV) }
            let now = node.time.now()
            guard waits || now < deadline else {
                lastReapFoundNone = true
                return failure(EAGAIN)
            }
            let pause = waits ? Self.patience : deadline - now
            let untilDue = nextDue.map { max($0 - now, .microseconds(100)) } ?? pause
            if connection.isGone(within: min(pause, untilDue)) { return nil }
        }
    }

    /// The first transfer that is over. Transfers of one endpoint end in the order they were submitted.
    private func finishOne() -> (finished: (address: UInt, messages: [UInt8])?, nextDue: Duration?) {
        var busy: Set<UInt8> = []
        var nextDue: Duration?
        for index in pending.indices {
            let block = pending[index].block
            if pending[index].discarded {
                pending.remove(at: index)
                return ((block.address, block.completion(status: -ENOENT, actualLength: 0)), nil)
            }
            let queue = block.kind == .control ? 0 : block.endpoint
            guard !busy.contains(queue) else { continue }
            switch node.perform(block, due: pending[index].due) {
            case .done(let messages):
                pending.remove(at: index)
                return ((block.address, messages), nil)
            case .due(let time):
                pending[index].due = time
                nextDue = min(nextDue ?? time, time)
            case .waiting:
                break
            }
            busy.insert(queue)
        }
        return (nil, nextDue)
    }

    // MARK: The process's memory

    private func readMemory(at address: UInt, count: Int) -> [UInt8]? {
        guard connection.send(PreloadMessage.readMemory(at: address, count: count)) else { return nil }
        return connection.receive(exactly: count)
    }

    private func withWords(at address: UInt, count: Int, _ body: ([UInt32]) -> [UInt8]) -> [UInt8]? {
        guard let bytes = readMemory(at: address, count: count * 4) else { return nil }
        let words = (0..<count).compactMap { bytes.littleEndian(UInt32.self, at: $0 * 4) }
        return words.count == count ? body(words) : nil
    }

    private func result(_ errno: Int32) -> [UInt8] {
        PreloadMessage.done(result: errno == 0 ? 0 : -1, errno: errno)
    }

    private func failure(_ errno: Int32) -> [UInt8] {
        PreloadMessage.done(result: -1, errno: errno)
    }
}

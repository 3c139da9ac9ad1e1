/// The one wrapper of libcups: IPP requests to a print service or to a printer, as blocking calls on a queue of their own.

internal import CCups
import Dispatch

/// What went wrong between this process and a print service.
struct IPPError: Error, Hashable, Sendable {
    enum Code: Hashable, Sendable {
        /// Nobody answers at the address, or the connection broke.
        case unreachable
        /// The queue or the job does not exist.
        case notFound
        /// The other side answered with an IPP error.
        case refused
        /// The answer lacks what RFC 8011 requires, or the address cannot be understood.
        case malformed
    }

    var code: Code
    /// RFC 8011 §4.1.6; 0 when there was no answer.
    var status: Int = 0
}

/// RFC 8011 §5.4.11.
enum PrinterState: Int, Sendable {
    case idle = 3
    case processing = 4
    case stopped = 5
}

/// RFC 8011 §5.3.7.
enum JobState: Int, Sendable {
    case pending = 3
    case held = 4
    case processing = 5
    case stopped = 6
    case canceled = 7
    case aborted = 8
    case completed = 9

    var isFinal: Bool { rawValue >= JobState.canceled.rawValue }
}

/// What a queue or a printer says about itself.
struct PrinterStatus: Hashable, Sendable {
    var state: PrinterState
    /// RFC 8011 §5.4.12 keywords, with the severity suffix that the sender chose.
    var reasons: [String]
    var isAcceptingJobs: Bool
    /// Of a queue: where its printer is.
    var deviceURI: String?
}

struct JobStatus: Hashable, Sendable {
    var id: Int
    var name: String
    var state: JobState
    var reasons: [String]
}

/// Somebody who speaks IPP.
enum IPPTarget: Hashable, Sendable {
    /// A queue of the print service that this client belongs to.
    case queue(String)
    /// A printer itself: an `ipp` or `ipps` URI.
    case printer(String)
}

/// Asks a print service and its printers. Each call has a connection of its own, so none is ever stale.
///
/// Calls run one after another on a dispatch queue, never on the cooperative pool: libcups blocks, and it keeps the
/// server's address for each thread.
struct IPPClient: Sendable {
    /// A socket's path or `host:port`; nil takes libcups' default (`CUPS_SERVER`, then client.conf).
    private let server: String?
    private let queue = DispatchQueue(label: "printing.ipp")

    init(server: String?) {
        self.server = server
    }

    func status(of target: IPPTarget) async throws(IPPError) -> PrinterStatus {
        try await blocking { () throws(IPPError) in
            let peer = try IPPPeer(target)
            let request = IPPMessage(IPP_OP_GET_PRINTER_ATTRIBUTES, printer: peer.uri)
            request.add(
                keywords: ["printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "device-uri"],
                named: "requested-attributes", group: IPP_TAG_OPERATION)
            let answer = try peer.connect().send(request, to: "/")
            guard let state = answer.integer("printer-state").flatMap(PrinterState.init) else {
                throw IPPError(code: .malformed)
            }
            return PrinterStatus(
                state: state, reasons: answer.strings("printer-state-reasons"),
                isAcceptingJobs: answer.boolean("printer-is-accepting-jobs") ?? true,
                deviceURI: answer.strings("device-uri").first)
        }
    }

    /// Every job of the target, newest state; finished ones too when `includingFinished`.
    func jobs(of target: IPPTarget, includingFinished: Bool) async throws(IPPError) -> [JobStatus] {
        try await blocking { () throws(IPPError) in
            let peer = try IPPPeer(target)
            var found: [JobStatus] = []
            // `all` is an extension of CUPS; both keywords of RFC 8011 §4.2.6.1 are understood everywhere.
            for which in includingFinished ? ["not-completed", "completed"] : ["not-completed"] {
                let request = IPPMessage(IPP_OP_GET_JOBS, printer: peer.uri)
                request.add(keywords: [which], named: "which-jobs", group: IPP_TAG_OPERATION)
                request.add(
                    keywords: JobStatus.attributes, named: "requested-attributes", group: IPP_TAG_OPERATION)
                found += try peer.connect().send(request, to: "/").jobs()
            }
            return found
        }
    }

    func job(_ id: Int, of target: IPPTarget) async throws(IPPError) -> JobStatus {
        try await blocking { () throws(IPPError) in
            let peer = try IPPPeer(target)
            let request = IPPMessage(IPP_OP_GET_JOB_ATTRIBUTES, printer: peer.uri)
            request.add(integer: id, named: "job-id", group: IPP_TAG_OPERATION)
            request.add(keywords: JobStatus.attributes, named: "requested-attributes", group: IPP_TAG_OPERATION)
            guard let job = try peer.connect().send(request, to: "/").jobs().first else {
                throw IPPError(code: .malformed)
            }
            return job
        }
    }

    func cancel(_ id: Int, of target: IPPTarget) async throws(IPPError) {
        try await blocking { () throws(IPPError) in
            let peer = try IPPPeer(target)
            let request = IPPMessage(IPP_OP_CANCEL_JOB, printer: peer.uri)
            request.add(integer: id, named: "job-id", group: IPP_TAG_OPERATION)
            _ = try peer.connect().send(request, to: "/jobs/")
        }
    }

    /// Hands over a whole A4 document in one operation: the service has either the complete job or none.
    ///
    /// - Parameter cancelAfter: seconds of processing after which the service itself ends the job, so that it does not
    ///   outlive a terminal that crashed.
    /// - Returns: the job's id at the service.
    func print(
        _ pdf: [UInt8], name: String, copies: Int, cancelAfter: Int, on target: IPPTarget
    ) async throws(IPPError) -> Int {
        try await blocking { () throws(IPPError) in
            let peer = try IPPPeer(target)
            let request = IPPMessage(IPP_OP_PRINT_JOB, printer: peer.uri)
            request.add(string: name, tag: IPP_TAG_NAME, named: "job-name", group: IPP_TAG_OPERATION)
            request.add(
                string: "application/pdf", tag: IPP_TAG_MIMETYPE, named: "document-format", group: IPP_TAG_OPERATION)
            request.add(integer: copies, named: "copies", group: IPP_TAG_JOB)
            request.add(integer: cancelAfter, named: "job-cancel-after", group: IPP_TAG_JOB)
            request.add(keywords: ["iso_a4_210x297mm"], named: "media", group: IPP_TAG_JOB)
            // Official forms come out at their true size.
            request.add(keywords: ["none"], named: "print-scaling", group: IPP_TAG_JOB)
            guard let id = try peer.connect().send(request, to: peer.resource, document: pdf).integer("job-id") else {
                throw IPPError(code: .malformed)
            }
            return id
        }
    }

    private func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws(IPPError) -> Value
    ) async throws(IPPError) -> Value {
        let result: Result<Value, IPPError> = await withCheckedContinuation { continuation in
            queue.async {
                // Both settings belong to the thread that runs this block.
                cupsSetServer(server)
                // Without this libcups asks for a password on the controlling terminal.
                cupsSetPasswordCB2({ _, _, _, _, _ in nil }, nil)
                do throws(IPPError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

extension JobStatus {
    fileprivate static let attributes = ["job-id", "job-name", "job-state", "job-state-reasons"]
}

/// Where a target listens. Made on the thread that asks, because the default server belongs to the thread.
private struct IPPPeer {
    let host: String
    let port: Int32
    let encryption: http_encryption_t
    /// What the requests name as `printer-uri`.
    let uri: String
    let resource: String

    init(_ target: IPPTarget) throws(IPPError) {
        switch target {
        case .queue(let name):
            guard let server = cupsServer() else { throw IPPError(code: .malformed) }
            host = String(cString: server)
            port = ippPort()
            encryption = cupsEncryption()
            resource = "/printers/" + name
            uri = try Self.assembled("ipp", host: "localhost", port: 0, resource: resource)
        case .printer(let address):
            let parts = try Self.separated(address)
            guard parts.scheme == "ipp" || parts.scheme == "ipps", !parts.host.isEmpty else {
                throw IPPError(code: .malformed)
            }
            host = parts.host
            port = parts.port
            encryption = parts.scheme == "ipps" ? HTTP_ENCRYPTION_ALWAYS : HTTP_ENCRYPTION_IF_REQUESTED
            resource = parts.resource
            uri = try Self.assembled(parts.scheme, host: host, port: port, resource: resource)
        }
    }

    func connect() throws(IPPError) -> IPPConnection {
        try IPPConnection(host: host, port: port, encryption: encryption)
    }

    private static func assembled(
        _ scheme: String, host: String, port: Int32, resource: String
    ) throws(IPPError) -> String {
        var buffer = [CChar](repeating: 0, count: 1024)
        let status = httpAssembleURI(
            HTTP_URI_CODING_ALL, &buffer, Int32(buffer.count), scheme, nil, host, port, resource)
        guard status == HTTP_URI_STATUS_OK else { throw IPPError(code: .malformed) }
        return text(buffer)
    }

    private static func separated(
        _ uri: String
    ) throws(IPPError) -> (scheme: String, host: String, port: Int32, resource: String) {
        var scheme = [CChar](repeating: 0, count: 32)
        var user = [CChar](repeating: 0, count: 256)
        var host = [CChar](repeating: 0, count: 256)
        var resource = [CChar](repeating: 0, count: 1024)
        var port: Int32 = 0
        let status = httpSeparateURI(
            HTTP_URI_CODING_ALL, uri, &scheme, Int32(scheme.count), &user, Int32(user.count), &host,
            Int32(host.count), &port, &resource, Int32(resource.count))
        guard status == HTTP_URI_STATUS_OK else { throw IPPError(code: .malformed) }
        return (text(scheme), text(host), port, text(resource))
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Owns one HTTP connection.
private struct IPPConnection: ~Copyable {
    private static let connectMilliseconds: Int32 = 3000
    private static let answerSeconds = 10.0
    private static let anyAddressFamily: Int32 = 0

    private let handle: OpaquePointer

    init(host: String, port: Int32, encryption: http_encryption_t) throws(IPPError) {
        guard
            let handle = httpConnect2(
                host, port, nil, Self.anyAddressFamily, encryption, 1, Self.connectMilliseconds, nil)
        else { throw IPPError(code: .unreachable) }
        self.handle = handle
        // A service that has hung itself up costs a bounded time: 0 means "do not go on waiting".
        httpSetTimeout(handle, Self.answerSeconds, { _, _ in 0 }, nil)
    }

    deinit {
        httpClose(handle)
    }

    func send(_ request: consuming IPPMessage, to resource: String) throws(IPPError) -> IPPMessage {
        try IPPMessage.answer(cupsDoRequest(handle, request.release(), resource))
    }

    func send(
        _ request: consuming IPPMessage, to resource: String, document: [UInt8]
    ) throws(IPPError) -> IPPMessage {
        let length = request.length + document.count
        let ready = cupsSendRequest(handle, request.handle, resource, length)
        guard ready == HTTP_STATUS_CONTINUE || ready == HTTP_STATUS_OK else {
            throw IPPError(code: .unreachable)
        }
        let written = document.withUnsafeBytes { bytes in
            cupsWriteRequestData(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        // An early refusal ends the transfer too; the answer then says why.
        guard written == HTTP_STATUS_CONTINUE || written == HTTP_STATUS_OK || written == HTTP_STATUS_NOT_FOUND else {
            throw IPPError(code: .unreachable)
        }
        return try IPPMessage.answer(cupsGetResponse(handle, resource))
    }
}

/// Owns one IPP message.
private struct IPPMessage: ~Copyable {
    let handle: OpaquePointer

    /// A request with the operation attributes that every request begins with.
    init(_ operation: ipp_op_t, printer uri: String) {
        handle = ippNewRequest(operation)
        add(string: uri, tag: IPP_TAG_URI, named: "printer-uri", group: IPP_TAG_OPERATION)
        if let user = cupsUser() {
            ippAddString(handle, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", nil, user)
        }
    }

    private init(owning handle: OpaquePointer) {
        self.handle = handle
    }

    /// Takes over what libcups answered; nil is a connection that failed.
    static func answer(_ handle: OpaquePointer?) throws(IPPError) -> IPPMessage {
        guard let handle else {
            // libcups folds a missing connection and an HTTP error into one last status of the thread.
            let status = cupsLastError()
            throw IPPError(
                code: status == IPP_STATUS_ERROR_NOT_FOUND ? .notFound : .unreachable, status: Int(status.rawValue))
        }
        let message = IPPMessage(owning: handle)
        let status = ippGetStatusCode(handle)
        if status.rawValue > IPP_STATUS_OK_EVENTS_COMPLETE.rawValue || status.rawValue < 0 {
            throw IPPError(
                code: status == IPP_STATUS_ERROR_NOT_FOUND ? .notFound : .refused, status: Int(status.rawValue))
        }
        return message
    }

    deinit {
        ippDelete(handle)
    }

    /// Gives the message to libcups, which frees it.
    consuming func release() -> OpaquePointer {
        let released = handle
        discard self
        return released
    }

    /// Bytes on the wire.
    var length: Int { ippLength(handle) }

    func add(string: String, tag: ipp_tag_t, named name: String, group: ipp_tag_t) {
        ippAddString(handle, group, tag, name, nil, string)
    }

    func add(integer: Int, named name: String, group: ipp_tag_t) {
        ippAddInteger(handle, group, IPP_TAG_INTEGER, name, Int32(clamping: integer))
    }

    func add(keywords: [String], named name: String, group: ipp_tag_t) {
        guard let first = keywords.first else { return }
        var attribute = ippAddString(handle, group, IPP_TAG_KEYWORD, name, nil, first)
        for (index, keyword) in keywords.enumerated().dropFirst() {
            ippSetString(handle, &attribute, Int32(clamping: index), keyword)
        }
    }

    func integer(_ name: String) -> Int? {
        ippFindAttribute(handle, name, IPP_TAG_ZERO).flatMap(Self.integer)
    }

    func boolean(_ name: String) -> Bool? {
        ippFindAttribute(handle, name, IPP_TAG_BOOLEAN).map { ippGetBoolean($0, 0) != 0 }
    }

    func strings(_ name: String) -> [String] {
        ippFindAttribute(handle, name, IPP_TAG_ZERO).map(Self.strings) ?? []
    }

    /// The job groups of the answer; one that lacks an id or a known state is left out.
    func jobs() -> [JobStatus] {
        var jobs: [JobStatus] = []
        var id: Int?
        var state: JobState?
        var name = ""
        var reasons: [String] = []
        func close() {
            if let id, let state { jobs.append(JobStatus(id: id, name: name, state: state, reasons: reasons)) }
            (id, state, name, reasons) = (nil, nil, "", [])
        }
        var attribute = ippFirstAttribute(handle)
        while let current = attribute {
            if ippGetGroupTag(current) != IPP_TAG_JOB {
                // An attribute without a group stands between two jobs.
                close()
            } else if let pointer = ippGetName(current) {
                switch String(cString: pointer) {
                case "job-id": id = Self.integer(current)
                case "job-name": name = Self.strings(current).first ?? ""
                case "job-state": state = Self.integer(current).flatMap(JobState.init)
                case "job-state-reasons": reasons = Self.strings(current)
                default: break
                }
            }
            attribute = ippNextAttribute(handle)
        }
        close()
        return jobs
    }

    private static func integer(_ attribute: OpaquePointer) -> Int? {
        let tag = ippGetValueTag(attribute)
        guard tag == IPP_TAG_INTEGER || tag == IPP_TAG_ENUM, ippGetCount(attribute) > 0 else { return nil }
        return Int(ippGetInteger(attribute, 0))
    }

    private static func strings(_ attribute: OpaquePointer) -> [String] {
        (0..<max(0, ippGetCount(attribute))).compactMap { index in
            ippGetString(attribute, index, nil).map { String(cString: $0) }
        }
    }
}

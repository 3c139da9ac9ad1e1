/// What the sync client and the office link need of HTTP, so that tests can script an office.

public struct OfficeRequest: Hashable, Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
    }

    public var method: Method
    /// Below the office's address, with a leading slash.
    public var path: String
    public var contentType: String?
    /// RFC 9530 digest of the body, for chunks.
    public var contentDigest: String?
    public var body: [UInt8]
    /// Seconds for the whole exchange, connection and bodies included.
    public var timeout: Int

    public init(
        _ method: Method, _ path: String, contentType: String? = nil, contentDigest: String? = nil,
        body: [UInt8] = [], timeout: Int
    ) {
        self.method = method
        self.path = path
        self.contentType = contentType
        self.contentDigest = contentDigest
        self.body = body
        self.timeout = timeout
    }
}

public struct OfficeResponse: Hashable, Sendable {
    public var status: Int
    public var contentType: String?
    /// Seconds, from 0 to 3600; nil when the office named none.
    public var retryAfter: Int?
    /// At most 1 MiB.
    public var body: [UInt8]

    public init(status: Int, contentType: String? = nil, retryAfter: Int? = nil, body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.retryAfter = retryAfter
        self.body = body
    }

    /// The body as `type` when the response says it is JSON and it decodes.
    ///
    /// A captive portal answers 200 with a page of its own: nothing else than the office's JSON counts.
    func json<Value: Decodable>(_ type: Value.Type) -> Value? {
        guard let contentType, contentType.lowercased().hasPrefix("application/json") else { return nil }
        return try? WireJSON.decode(type, from: body)
    }
}

/// Sends one request to the central office and waits for the whole answer.
public protocol OfficeTransport: Sendable {
    /// Throws `unreachable` when no whole answer came in time, and `protocolViolation` for one that is too large.
    func send(_ request: OfficeRequest) async throws(VaultError) -> OfficeResponse
}

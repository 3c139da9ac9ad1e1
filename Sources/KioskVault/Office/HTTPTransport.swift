/// HTTPS to the central office, both sides known by certificates of the enrolment's own authority.

internal import AsyncHTTPClient
internal import KioskCore
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Call `shutdown()` before the last reference goes.
public final class HTTPTransport: OfficeTransport {
    private static let maximumResponseBytes = 1 << 20

    private let client: HTTPClient
    private let base: String

    /// Trusts the certificate authority of the enrolment and no other, and checks the office's host name.
    public init(_ folder: EnrolmentFolder) throws(VaultError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        do {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(folder.certificateAuthority))
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(folder.clientCertificate).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: folder.clientKey, format: .pem))
        } catch {
            throw VaultError(.enrolment, "a certificate or key of the enrolment cannot be read")
        }
        tls.certificateVerification = .fullVerification
        tls.minimumTLSVersion = .tlsv13

        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(30), write: .seconds(30)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let url = folder.enrolment.officeURL
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    public func shutdown() async {
        try? await client.shutdown()
    }

    public func send(_ request: OfficeRequest) async throws(VaultError) -> OfficeResponse {
        var message = HTTPClientRequest(url: base + request.path)
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        if let contentType = request.contentType { message.headers.add(name: "Content-Type", value: contentType) }
        if let digest = request.contentDigest { message.headers.add(name: "Content-Digest", value: digest) }
        // A chunk is 1 MiB at most and was just compared with its hash, so it is in memory already.
        if request.method != .get { message.body = .bytes(ByteBuffer(bytes: request.body)) }
        do {
            return try await exchange(message, timeout: request.timeout)
        } catch let error as VaultError {
            throw error
        } catch let error as HTTPClientError {
            throw VaultError(.unreachable, error.shortDescription)
        } catch is NIOTooManyBytesError {
            throw VaultError(.protocolViolation, "an answer is longer than 1 MiB")
        } catch {
            // Network and TLS errors name addresses and certificates, never what was sent.
            throw VaultError(.unreachable, String(String(describing: error).prefix(300)))
        }
    }

    /// The client's own deadline ends with the head of the answer; this one bounds the body as well.
    private func exchange(_ message: HTTPClientRequest, timeout: Int) async throws -> OfficeResponse {
        try await withThrowingTaskGroup(of: OfficeResponse.self) { group in
            group.addTask { [client] in
                let response = try await client.execute(message, timeout: .seconds(Int64(timeout)))
                let body = try await response.body.collect(upTo: Self.maximumResponseBytes)
                return OfficeResponse(
                    status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type"),
                    retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) }
                        .map { min(max($0, 0), 3600) },
                    body: Array(body.readableBytesView))
            }
            group.addTask {
                try await Task.sleep(for: .seconds(timeout))
                throw VaultError(.unreachable, "no whole answer within \(timeout) s")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw VaultError(.unreachable, "no answer") }
            return first
        }
    }
}

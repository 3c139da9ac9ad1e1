/// The listener for terminals: Case Sync v1, look-ups, payments, ratings and staff calls, each for the terminal of the
/// certificate alone.

import FoundationEssentials
import HTTPTypes
public import Hummingbird
import KioskCore
import Logging
public import NIOCore
import NIOSSL

/// Who a connection's client certificate says it is.
public struct TerminalIdentity: Hashable, Sendable {
    /// Common name of the certificate's subject.
    public var name: String
    /// SHA-256 of the certificate, DER, lower-case hexadecimal; nil skips the comparison with the enrolled one.
    public var certificate: String?

    public init(name: String, certificate: String?) {
        self.name = name
        self.certificate = certificate
    }
}

/// Tells a connection's terminal; nil when it cannot.
public typealias TerminalIdentification = @Sendable (any Channel) async -> TerminalIdentity?

extension CentralOffice {
    /// The identity in the client certificate that TLS has verified against our authority.
    public static let certificateIdentification: TerminalIdentification = { channel in
        guard let certificate = try? await channel.nioSSL_peerCertificate().get(),
            let bytes = try? certificate.toDERBytes(), let name = commonName(ofCertificate: bytes)
        else { return nil }
        return TerminalIdentity(name: name, certificate: ContentDigest(of: bytes).hex)
    }
}

public struct KioskContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

struct KioskRoutes: Sendable {
    let intake: CaseIntake
    let desk: RegisterDesk
    let payments: PaymentDesk
    let database: OfficeDatabase
    let terminals: TerminalRegistry
    let identify: TerminalIdentification
    let now: @Sendable () -> Timestamp

    func add(to router: Router<KioskContext>) {
        router.add(middleware: RequestLog())
        router.add(middleware: RefusalsAsJSON())
        let terminal = router.group("v1/kiosks/:terminal")
        let revision = terminal.group("cases/:case/revs/:rev")
        revision.put("manifest") { request, context in try await putManifest(request, context) }
        revision.put("chunks/:digest") { request, context in try await putChunk(request, context) }
        revision.post("commit") { request, context in try await commit(request, context) }
        terminal.post("lookups") { request, context in
            let (id, record) = try await self.terminal(context)
            let query = try await decode(RecordQuery.self, request)
            do {
                let answer = try await desk.lookUp(query, from: record, terminal: id)
                note("found", query, id, context.logger)
                return try json(.ok, answer)
            } catch let refusal as Refusal {
                note(refusal.problem.problem, query, id, context.logger)
                throw refusal
            }
        }
        terminal.post("payments") { request, context in
            let (id, record) = try await self.terminal(context)
            let order = try await decode(PaymentRequest.self, request)
            return try json(.ok, try await payments.place(order, from: record, terminal: id))
        }
        terminal.get("payments/:order") { _, context in
            let (id, _) = try await self.terminal(context)
            let order = try context.parameters.require("order")
            guard isOrderID(order), let answer = try await payments.order(order, of: id) else {
                throw Refusal.notFound("this terminal has no such order")
            }
            return try json(.ok, answer)
        }
        terminal.post("ratings") { request, context in
            let (id, _) = try await self.terminal(context)
            let rating = try await decode(ServiceRating.self, request)
            guard isOrderID(rating.session), (1...16).contains(rating.matterCode.utf8.count),
                (1...5).contains(rating.grade), (rating.receiptNumber ?? "").utf8.count <= 64,
                Set(rating.reasons).count == rating.reasons.count
            else { throw Refusal.malformed("session, matterCode, grade or reasons are out of range") }
            return try json(.ok, try await database.keep(rating, from: id))
        }
        terminal.post("calls") { request, context in
            let (id, _) = try await self.terminal(context)
            let call = try await decode(StaffCallRequest.self, request)
            guard call.page.utf8.count <= 64, (call.matterCode ?? "").utf8.count <= 16 else {
                throw Refusal.malformed("page or matterCode is too long")
            }
            if call.purpose == .confirmHolder {
                guard CaseReference(terminal: id, caseID: call.session ?? "", rev: 1) != nil,
                    isMaskedNumber(call.maskedNumber ?? "")
                else { throw Refusal.malformed("session or maskedNumber is missing or malformed") }
            }
            return try json(.created, try await database.ring(call, from: id, at: now()))
        }
        terminal.get("calls/:call") { _, context in
            let (id, _) = try await self.terminal(context)
            guard let reply = try await database.call(try context.parameters.require("call"), of: id) else {
                throw Refusal.notFound("this terminal has no such call")
            }
            return try json(.ok, reply)
        }
    }

    /// What a look-up leaves in the log: never whom it was about.
    private func note(_ outcome: String, _ query: RecordQuery, _ terminal: TerminalID, _ logger: Logger) {
        let isKnown = desk.catalogue.uses[query.matterCode]?.register == query.register
        logger.info(
            "look-up",
            metadata: [
                "terminal": "\(terminal)", "register": "\(isKnown ? query.register : "?")",
                "matter": "\(isKnown ? query.matterCode : "?")", "outcome": "\(outcome)",
            ])
    }

    private func putManifest(_ request: Request, _ context: KioskContext) async throws -> Response {
        let (id, record) = try await terminal(context)
        let reference = try reference(of: id, context)
        let document = try await decode(SignedDocument.self, request)
        switch try await intake.announce(document, reference, from: record) {
        case .missing(let missing): return try json(.accepted, missing)
        case .receipt(let receipt): return try json(.ok, receipt)
        }
    }

    private func putChunk(_ request: Request, _ context: KioskContext) async throws -> Response {
        let (id, _) = try await terminal(context)
        let reference = try reference(of: id, context)
        guard let digest = ContentDigest(hex: try context.parameters.require("digest")) else {
            throw Refusal.notFound("the path names no SHA-256")
        }
        let limit = SyncLimits.chunkBytes + SyncLimits.chunkOverhead
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Refusal.tooLarge("a chunk has at most \(limit) bytes")
        }
        guard let field = HTTPField.Name("Content-Digest"), let declared = contentDigest(request.headers[field] ?? "")
        else { throw Refusal(.badRequest, "digest", "Content-Digest with sha-256 is missing (RFC 9530)") }
        let outcome = try await intake.receive(chunk: digest, reference, declared: declared, body: request.body)
        return Response(status: outcome == .stored ? .created : .ok)
    }

    private func commit(_ request: Request, _ context: KioskContext) async throws -> Response {
        let (id, _) = try await terminal(context)
        let reference = try reference(of: id, context)
        let body = try await decode(CommitRequest.self, request)
        return try json(.ok, try await intake.commit(body, reference))
    }

    /// The terminal of this connection, when it is the one in the path, enrolled, and not revoked.
    private func terminal(_ context: KioskContext) async throws -> (TerminalID, TerminalRecord) {
        guard let identity = await identify(context.channel), let id = TerminalID(identity.name),
            id.text == context.parameters.get("terminal")
        else { throw Refusal(.forbidden, "wrong-terminal", "the certificate is not of the terminal in the path") }
        let terminals = terminals
        guard let record = try await BlockingWork.run({ try terminals.record(of: id) }) else {
            throw Refusal(.forbidden, "unknown-terminal", "this terminal is not enrolled")
        }
        guard record.revokedAt == nil, identity.certificate == nil || identity.certificate == record.certificate
        else { throw Refusal(.forbidden, "revoked", "this terminal or its certificate was revoked; enrol it again") }
        return (id, record)
    }

    private func reference(of terminal: TerminalID, _ context: KioskContext) throws -> CaseReference {
        guard let rev = context.parameters.get("rev", as: Int.self),
            let reference = CaseReference(terminal: terminal, caseID: try context.parameters.require("case"), rev: rev)
        else { throw Refusal.malformed("a case id is a UUID version 4 in lower case, a revision 1 to 9999") }
        return reference
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ request: Request) async throws -> Value {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > SyncLimits.manifestBytes {
            throw Refusal.tooLarge("a JSON body has at most \(SyncLimits.manifestBytes) bytes")
        }
        let body = try await request.body.collect(upTo: SyncLimits.manifestBytes)
        guard let value = try? JSONDecoder().decode(type, from: Data(body.readableBytesView)) else {
            throw Refusal.malformed("the body is not JSON of a \(type)")
        }
        return value
    }
}

/// Digits and capitals with enough stars among them: a terminal must not leave a whole number here.
private func isMaskedNumber(_ text: String) -> Bool {
    (1...24).contains(text.utf8.count)
        && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || $0 == 0x2A }
        && text.utf8.count(where: { $0 == 0x2A }) >= min(4, text.utf8.count)
}

/// The SHA-256 in a Content-Digest field (RFC 9530): `sha-256=:BASE64:` among other members; nil when there is none.
func contentDigest(_ field: String) -> [UInt8]? {
    guard field.utf8.count <= 1024 else { return nil }
    for member in field.split(separator: ",") {
        let text = member.drop { $0 == " " }.prefix { $0 != " " }
        let prefix = "sha-256=:"
        guard text.hasPrefix(prefix), text.hasSuffix(":"), text.utf8.count > prefix.utf8.count,
            let bytes = Data(base64Encoded: String(text.dropFirst(prefix.count).dropLast())), bytes.count == 32
        else { continue }
        return Array(bytes)
    }
    return nil
}

func json(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
        status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
}

/// Turns whatever a handler throws into a `WireProblem`; what is not the terminal's fault is a 500 without detail.
private struct RefusalsAsJSON: RouterMiddleware {
    func handle(
        _ request: Request, context: KioskContext, next: (Request, KioskContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as Refusal {
            if let missing = refusal.missing { return try json(refusal.status, MissingChunks(missing: missing)) }
            return try json(refusal.status, refusal.problem)
        } catch is NIOTooManyBytesError {
            return try json(
                .contentTooLarge, WireProblem(problem: "too-large", detail: "the body is larger than the office takes"))
        } catch let error as HTTPError {
            return try json(error.status, WireProblem(problem: "not-found", detail: "no such resource"))
        } catch {
            context.logger.error("a request failed", metadata: ["error": "\(error)"])
            return try json(
                .internalServerError,
                WireProblem(problem: "office-failed", detail: "the office failed; try again later"))
        }
    }
}

/// One line a request: method, route pattern and status, never a path, a body or a name.
struct RequestLog<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(context.endpointPath ?? "-")",
                "status": "\(response.status.code)",
            ])
        return response
    }
}

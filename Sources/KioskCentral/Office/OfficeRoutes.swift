/// The listener for staff: sign-in, inbox, cases, papers, orders, ratings, calls, alarms; and for everybody the check of
/// a code and the page of an order to pay.

import FoundationEssentials
import HTTPTypes
public import Hummingbird
import KioskCore
import Logging
import NIOCore

public struct OfficeContext: RequestContext {
    public var coreContext: CoreRequestContextStorage

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}

/// Why a page says no; `OfficeGuard` shows it as a page.
private struct PageRefusal: Error {
    var status: HTTPResponse.Status
    var text: Localized
}

struct OfficeRoutes: Sendable {
    /// `__Host-`: the browser keeps it only with Secure, Path=/ and no Domain (RFC 6265bis).
    static let sessionCookie = "__Host-office"
    static let languageCookie = "lang"
    private static let casesPerPage = 50
    private static let formBytes = 32 << 10

    let database: OfficeDatabase
    let blobs: any BlobStore
    let keys: OfficeKeys
    let sessions: OfficeSessions
    let payments: PaymentDesk
    /// What the matters are called, by code.
    let titles: [String: Localized]
    let now: @Sendable () -> Timestamp

    func add(to router: Router<OfficeContext>) {
        router.add(middleware: RequestLog())
        router.add(middleware: OfficeGuard())
        router.get("office.css") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/css; charset=utf-8", .cacheControl: "max-age=300"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.office_css)))
        }
        router.get("verify") { request, _ in try await verify(request) }
        router.get("login") { request, _ in html(SmallPages.signIn(PageView(request, nil), problem: nil)) }
        router.post("login") { request, context in try await signIn(request, context) }
        router.post("logout") { request, _ in
            let (session, cookie, _) = try await signedForm(request)
            await sessions.signOut(cookie: cookie)
            try await database.audit(actor: session.user, .signedOut, at: now())
            return Response.redirect(to: "/login", type: .normal)
        }
        router.get("/") { _, _ in Response.redirect(to: "/cases", type: .normal) }
        router.get("cases") { request, _ in try await inbox(request) }
        router.get("cases/:case") { request, context in
            let session = try await signedIn(request)
            return try await casePage(request, context, session, action: .viewed)
        }
        router.post("cases/:case/reveal") { request, context in
            let (session, _, _) = try await signedForm(request)
            return try await casePage(request, context, session, action: .revealed)
        }
        router.get("cases/:case/attachments/:slot") { request, context in try await attachment(request, context) }
        router.get("cases/:case/download") { request, context in try await download(request, context) }
        router.post("cases/:case/decision") { request, context in try await decide(request, context) }
        router.get("papers") { request, _ in
            let session = try await signedIn(request)
            return html(
                PaperPages.list(
                    PageView(request, session), try await database.openPapers(), today: now().chinaDate))
        }
        router.get("orders") { request, _ in
            let session = try await signedIn(request)
            return html(OrderPages.list(PageView(request, session), try await database.orders(at: now())))
        }
        router.get("ratings") { request, _ in
            let session = try await signedIn(request)
            return html(RatingPage.page(PageView(request, session), try await database.ratings(), titles: titles))
        }
        router.get("pay/:code") { request, context in
            let order = try await database.order(code: try context.parameters.require("code"), at: now())
            return try payPage(request, order)
        }
        router.post("pay/:code") { request, context in
            let order = try await payments.pressButton(code: try context.parameters.require("code"))
            return try payPage(request, order)
        }
        router.get("alarms") { request, _ in
            let session = try await signedIn(request)
            return html(SmallPages.alarms(PageView(request, session), try await database.openAlarms()))
        }
        router.post("alarms/:alarm/resolve") { request, context in
            let (session, _, _) = try await signedForm(request)
            let alarm = try context.parameters.require("alarm", as: Int64.self)
            _ = try await database.resolveAlarm(alarm, user: session.user, at: now())
            return Response.redirect(to: "/alarms", type: .normal)
        }
        router.post("calls/:call/acknowledge") { request, context in
            try await moveCall(request, context, to: .acknowledged)
        }
        router.post("calls/:call/close") { request, context in try await moveCall(request, context, to: .closed) }
        router.post("calls/:call/is-holder") { request, context in
            try await answerCall(request, context, isHolder: true)
        }
        router.post("calls/:call/is-not-holder") { request, context in
            try await answerCall(request, context, isHolder: false)
        }
    }

    // MARK: Sign-in

    private func signIn(_ request: Request, _ context: OfficeContext) async throws -> Response {
        let form = try await form(request)
        let name = form["name"] ?? ""
        let outcome: OfficeSessions.SignIn
        do {
            outcome = try await sessions.signIn(name: name, password: form["password"] ?? "")
        } catch let error as CentralError where error.code == .busy {
            return html(
                SmallPages.signIn(PageView(request, nil), problem: OfficeText.busy), status: .serviceUnavailable)
        }
        switch outcome {
        case .signedIn(let cookie):
            try await database.audit(actor: name, .signedIn, at: now())
            var response = Response.redirect(to: "/cases", type: .normal)
            response.setCookie(
                Cookie(
                    name: Self.sessionCookie, value: cookie, path: "/", secure: true, httpOnly: true, sameSite: .strict)
            )
            return response
        case .refused:
            // What was typed may be a password in the wrong field: only a well-formed name is kept.
            let actor = UserDirectory.isName(name) ? name : "?"
            try await database.audit(actor: actor, .signInFailed, at: now())
            context.logger.notice("sign-in failed")
            return html(
                SmallPages.signIn(PageView(request, nil), problem: OfficeText.wrongPassword),
                status: .unauthorized)
        case .locked(let seconds):
            context.logger.notice("sign-in locked")
            var response = html(
                SmallPages.signIn(PageView(request, nil), problem: OfficeText.locked(seconds)),
                status: .tooManyRequests)
            response.headers[.retryAfter] = "\(seconds)"
            return response
        }
    }

    private func signedIn(_ request: Request) async throws -> OfficeSession {
        guard let cookie = request.cookies[Self.sessionCookie]?.value,
            let session = await sessions.session(cookie: cookie)
        else { throw SignInNeeded() }
        return session
    }

    /// The session, its cookie and the fields of a form that carries the session's token.
    private func signedForm(_ request: Request) async throws -> (OfficeSession, String, [String: String]) {
        let session = try await signedIn(request)
        let form = try await form(request)
        guard let token = form["token"], equalInConstantTime(Array(token.utf8), Array(session.formToken.utf8)) else {
            throw PageRefusal(status: .forbidden, text: OfficeText.forbidden)
        }
        return (session, request.cookies[Self.sessionCookie]?.value ?? "", form)
    }

    private func form(_ request: Request) async throws -> [String: String] {
        let body = try await request.body.collect(upTo: Self.formBytes)
        guard let form = try? URLEncodedFormDecoder().decode([String: String].self, from: String(buffer: body)) else {
            throw PageRefusal(status: .badRequest, text: OfficeText.forbidden)
        }
        return form
    }

    // MARK: Pages

    private func verify(_ request: Request) async throws -> Response {
        let code = String((request.uri.queryParameters.get("code") ?? "").prefix(64))
        let view = PageView(request, nil)
        let typed = code.uppercased().filter { !$0.isWhitespace }
        guard !typed.isEmpty else { return html(SmallPages.verify(view, code: "", found: nil)) }
        let letters = Array(typed.filter { $0 != "-" })
        let grouped = stride(from: 0, to: letters.count, by: 4)
            .map { String(letters[$0..<min($0 + 4, letters.count)]) }.joined(separator: "-")
        guard let found = try await database.verify(receiptNumber: typed, code: grouped) else {
            return html(SmallPages.verify(view, code: code, found: (false, OfficeText.unknownCode)), status: .notFound)
        }
        let day = found.at.chinaDate
        let text = found.isRecord ? OfficeText.recordExists(day) : OfficeText.receiptExists(day)
        return html(SmallPages.verify(view, code: code, found: (true, text)))
    }

    private func payPage(_ request: Request, _ order: OfficeOrder?) throws -> Response {
        guard let order else { throw PageRefusal(status: .notFound, text: OfficeText.notFound) }
        return html(OrderPages.pay(PageView(request, nil), order, takesButton: payments.takesButton))
    }

    private func inbox(_ request: Request) async throws -> Response {
        let session = try await signedIn(request)
        let query = request.uri.queryParameters
        let search = String((query.get("q") ?? "").filter { !$0.isWhitespace }.prefix(64))
        let state = query.get("state").flatMap { CaseState(rawValue: $0) }
        let handedOver = query.get("kind") == "window"
        let before = query.get("before").flatMap { Int64($0) }
        var cases = try await database.inbox(
            search: search, state: state, handedOver: handedOver, before: before, limit: Self.casesPerPage + 1)
        let hasOlder = cases.count > Self.casesPerPage
        cases = Array(cases.prefix(Self.casesPerPage))
        var summaries: [Int64: CaseSummary] = [:]
        for row in cases {
            summaries[row.number] = row.summary.flatMap {
                CaseSummary($0, key: keys.index, caseID: row.reference.caseID)
            }
        }
        try await database.audit(actor: session.user, .inboxViewed, detail: search, at: now())
        return html(
            InboxPage.page(
                PageView(request, session),
                InboxPage.Content(
                    cases: cases, summaries: summaries, calls: try await database.openCalls(at: now()),
                    openAlarms: try await database.openAlarms().count, counts: try await database.counts(),
                    search: search, state: state, handedOver: handedOver, before: before, hasOlder: hasOlder)))
    }

    private func casePage(
        _ request: Request, _ context: OfficeContext, _ session: OfficeSession, action: AuditAction,
        problem: Localized? = nil, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let packet = try await packet(context)
        let file = try await packet.caseFile()
        try await database.audit(actor: session.user, action, case: packet.row.number, at: now())
        let row = packet.row
        var content = CasePage.Content(
            row: row, manifest: packet.manifest, file: file, history: try await database.history(ofCase: row.number),
            today: now().chinaDate, revealed: action == .revealed, problem: problem)
        if let order = row.orderID {
            content.order = try await database.order(order, of: row.reference.terminal, at: now())
        }
        if let call = file?.content.holderCheck?.staffCall {
            content.confirmation = try await database.call(call, of: row.reference.terminal)?.answer
        }
        content.papers = try await database.papers(ofCase: row.number)
        if let earlier = row.supplements { content.earlier = try await database.caseRow(number: earlier)?.row }
        content.later = try await database.supplements(ofCase: row.number)
        // A page that answers a form has no address of its own: the other language is that of the case.
        var view = PageView(request, session)
        if request.method == .post {
            view.otherLanguageLink = "/cases/\(packet.row.number)?lang=\(view.language == .zh ? "en" : "zh")"
        }
        return html(CasePage.page(view, content), status: status)
    }

    private func attachment(_ request: Request, _ context: OfficeContext) async throws -> Response {
        let session = try await signedIn(request)
        let packet = try await packet(context)
        guard let item = packet.manifest.item(try context.parameters.require("slot")) else {
            throw PageRefusal(status: .notFound, text: OfficeText.notFound)
        }
        try await database.audit(
            actor: session.user, .pageViewed, case: packet.row.number, detail: item.slot, at: now())
        var headers: HTTPFields = [.cacheControl: "no-store"]
        // Only pictures are shown; anything else a terminal sent is a file to save, whatever it says it is.
        if ["image/jpeg", "image/png"].contains(item.mediaType) {
            headers[.contentType] = item.mediaType
        } else {
            headers[.contentType] = "application/octet-stream"
            let name = CasePacket.fileName(of: item).split(separator: "/").last.map(String.init) ?? "file"
            headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: item.length) { writer in
                for index in item.chunks.indices {
                    try await writer.write(ByteBuffer(bytes: try await packet.opener.chunk(index, of: item)))
                }
                try await writer.finish(nil)
            })
    }

    private func download(_ request: Request, _ context: OfficeContext) async throws -> Response {
        let session = try await signedIn(request)
        let packet = try await packet(context)
        let files = try packet.files(
            checksums: try await database.checksums(ofCase: packet.row.number),
            receipt: try await database.receipt(ofCase: packet.row.number))
        let name = packet.row.receiptNumber.flatMap { isSlot($0) ? $0 : nil } ?? packet.row.reference.caseID
        let archive = ZipArchive(
            entries: files.map {
                ZipArchive.Entry(name: "\(name)/\($0.name)", length: $0.length, checksum: $0.checksum)
            })
        try await database.audit(actor: session.user, .downloaded, case: packet.row.number, at: now())
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/zip", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"\(name).zip\"",
            ],
            body: ResponseBody(contentLength: archive.length) { writer in
                for (file, entry) in zip(files, archive.entries) {
                    try await writer.write(ByteBuffer(bytes: archive.localHeader(entry)))
                    switch file.content {
                    case .bytes(let bytes): try await writer.write(ByteBuffer(bytes: bytes))
                    case .item(let item):
                        for index in item.chunks.indices {
                            try await writer.write(ByteBuffer(bytes: try await packet.opener.chunk(index, of: item)))
                        }
                    }
                }
                try await writer.write(ByteBuffer(bytes: archive.centralDirectory()))
                try await writer.finish(nil)
            })
    }

    private func decide(_ request: Request, _ context: OfficeContext) async throws -> Response {
        let (session, _, form) = try await signedForm(request)
        let number = try context.parameters.require("case", as: Int64.self)
        let reason = String((form["reason"] ?? "").prefix(1000))
        guard let state = form["state"].flatMap({ CaseState(rawValue: $0) }),
            [.accepted, .returned, .rejected].contains(state)
        else { throw PageRefusal(status: .badRequest, text: OfficeText.forbidden) }
        if state != .accepted && reason.allSatisfy(\.isWhitespace) {
            return try await casePage(
                request, context, session, action: .viewed, problem: OfficeText.needReason,
                status: .unprocessableContent)
        }
        guard try await database.decide(case: number, to: state, reason: reason, user: session.user, at: now()) else {
            return try await casePage(
                request, context, session, action: .viewed, problem: OfficeText.decidedBefore, status: .conflict)
        }
        return Response.redirect(to: "/cases/\(number)", type: .normal)
    }

    private func moveCall(
        _ request: Request, _ context: OfficeContext, to state: StaffCallState
    ) async throws -> Response {
        let (session, _, _) = try await signedForm(request)
        let call = try context.parameters.require("call")
        _ = try await database.moveCall(call, to: state, user: session.user, at: now())
        return Response.redirect(to: "/cases", type: .normal)
    }

    private func answerCall(_ request: Request, _ context: OfficeContext, isHolder: Bool) async throws -> Response {
        let (session, _, _) = try await signedForm(request)
        let call = try context.parameters.require("call")
        guard try await database.answerCall(call, isHolder: isHolder, user: session.user, at: now()) else {
            throw PageRefusal(status: .conflict, text: OfficeText.callGone)
        }
        return Response.redirect(to: "/cases", type: .normal)
    }

    /// A received case of the path, ready to be opened.
    private func packet(_ context: OfficeContext) async throws -> CasePacket {
        guard let number = context.parameters.get("case", as: Int64.self),
            let (row, document) = try await database.caseRow(number: number), row.state != .announced
        else { throw PageRefusal(status: .notFound, text: OfficeText.notFound) }
        return try CasePacket(row: row, document: document, keys: keys, blobs: blobs)
    }
}

private struct SignInNeeded: Error {}

/// Security headers on every answer, no forms from other sites, and refusals as pages.
private struct OfficeGuard: RouterMiddleware {
    private static let headers: [(String, String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
                + "frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ]

    func handle(
        _ request: Request, context: OfficeContext, next: (Request, OfficeContext) async throws -> Response
    ) async throws -> Response {
        var response = try await answer(request, context, next)
        for (name, value) in Self.headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        let view = PageView(request, nil)
        if request.uri.queryParameters.get("lang") == view.language.rawValue {
            response.setCookie(
                Cookie(
                    name: OfficeRoutes.languageCookie, value: view.language.rawValue, maxAge: 31_536_000, path: "/",
                    secure: true, httpOnly: true, sameSite: .strict))
        }
        return response
    }

    private func answer(
        _ request: Request, _ context: OfficeContext, _ next: (Request, OfficeContext) async throws -> Response
    ) async throws -> Response {
        do {
            if request.method == .post, !Self.isSameOrigin(request) {
                throw PageRefusal(status: .forbidden, text: OfficeText.forbidden)
            }
            return try await next(request, context)
        } catch is SignInNeeded {
            return Response.redirect(to: "/login", type: .normal)
        } catch let refusal as PageRefusal {
            return try page(request, refusal.status, refusal.text)
        } catch is NIOTooManyBytesError {
            return try page(request, .contentTooLarge, OfficeText.forbidden)
        } catch let error as HTTPError {
            return try page(
                request, error.status, error.status == .notFound ? OfficeText.notFound : OfficeText.forbidden)
        } catch {
            context.logger.error("a page failed", metadata: ["error": "\(error)"])
            return try page(request, .internalServerError, OfficeText.failed)
        }
    }

    private func page(_ request: Request, _ status: HTTPResponse.Status, _ text: Localized) throws -> Response {
        html(Layout.message(PageView(request, nil), title: text), status: status)
    }

    /// Fetch metadata, where the browser sends it; a form of another site is refused before it is read.
    private static func isSameOrigin(_ request: Request) -> Bool {
        guard let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] else { return true }
        return site == "same-origin" || site == "none"
    }
}

extension PageView {
    /// The language of `?lang=`, else of the cookie, else Chinese.
    init(_ request: Request, _ session: OfficeSession?) {
        let asked = request.uri.queryParameters.get("lang").flatMap { Language(rawValue: $0) }
        let kept = request.cookies[OfficeRoutes.languageCookie].flatMap { Language(rawValue: $0.value) }
        let language = asked ?? kept ?? .zh
        let kind = language == .zh ? "en" : "zh"
        let others = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("lang=") }
        self.init(
            language: language,
            otherLanguageLink: request.uri.path + "?"
                + (others.map(String.init) + ["lang=\(kind)"]).joined(separator: "&"),
            session: session)
    }
}

private func html(_ page: HTML, status: HTTPResponse.Status = .ok) -> Response {
    Response(
        status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: page.markup)))
}

// The staff's pages without a browser: sign-in and its limits, tokens, escaping, audit, decisions, downloads.

import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCore
import Testing

@testable import KioskCentral

/// A member of staff with a browser's memory of cookies, and the token of the page.
struct Staff: Sendable {
    let pages: any TestClientProtocol
    let cookie: String
    let token: String

    static func signIn(_ pages: any TestClientProtocol, password: String = TestOffice.password) async throws -> Staff {
        let answer = try await Self.tryToSignIn(pages, name: "office", password: password)
        #expect(answer.headers[.location] == "/cases")
        let set = try #require(answer.headers[.setCookie])
        let cookie = String(set.prefix { $0 != ";" })
        let page = try await pages.execute(uri: "/alarms", method: .get, headers: [.cookie: cookie])
        let token = try #require(page.text.firstMatch(of: /name="token" value="([0-9a-f]{64})"/))
        return Staff(pages: pages, cookie: cookie, token: String(token.1))
    }

    static func tryToSignIn(
        _ pages: any TestClientProtocol, name: String, password: String
    ) async throws -> TestResponse {
        try await pages.execute(
            uri: "/login", method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
            body: ByteBuffer(string: "name=\(percentEncoded(name))&password=\(percentEncoded(password))"))
    }

    func get(_ path: String) async throws -> TestResponse {
        try await pages.execute(uri: path, method: .get, headers: [.cookie: cookie])
    }

    @discardableResult
    func post(
        _ path: String, _ fields: [String: String] = [:], token: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.cookie] = cookie
        let all = fields.merging(["token": token ?? self.token]) { first, _ in first }
        let body = all.map { "\($0)=\(percentEncoded($1))" }.joined(separator: "&")
        return try await pages.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
    }
}

@Suite struct OfficePageTests {
    @Test func nothingIsShownWithoutASignIn() async throws {
        let office = try TestOffice()
        try await office.pages { pages in
            for path in ["/cases", "/cases/1", "/cases/1/download", "/cases/1/attachments/p1", "/alarms"] {
                let answer = try await pages.execute(uri: path, method: .get)
                #expect(answer.headers[.location] == "/login")
                #expect(answer.body.readableBytes == 0)
            }
            let forged = try await pages.execute(
                uri: "/cases", method: .get, headers: [.cookie: "__Host-office=\(String(repeating: "0", count: 64))"])
            #expect(forged.headers[.location] == "/login")
        }
    }

    @Test func everyAnswerCarriesTheSecurityHeaders() async throws {
        let office = try TestOffice()
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            for path in ["/login", "/verify", "/office.css", "/nowhere", "/cases", "/cases/999"] {
                let headers = try await staff.get(path).headers
                for (name, part) in [
                    ("Content-Security-Policy", "default-src 'none'"), ("X-Content-Type-Options", "nosniff"),
                    ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
                    ("Strict-Transport-Security", "max-age="),
                ] {
                    let value = HTTPField.Name(name).flatMap { headers[$0] } ?? ""
                    #expect(value.contains(part), "\(path): \(name)")
                }
            }
            let page = try await staff.get("/cases")
            #expect(page.headers[.cacheControl] == "no-store")
            #expect(!page.text.contains("<script"))
        }
    }

    @Test func theSessionCookieIsForThisHostOverTLSAndNoScript() async throws {
        let office = try TestOffice()
        try await office.pages { pages in
            let answer = try await Staff.tryToSignIn(pages, name: "office", password: TestOffice.password)
            let cookie = try #require(answer.headers[.setCookie])
            for part in ["__Host-office=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
                #expect(cookie.contains(part))
            }
            #expect(!cookie.contains("Domain"))
        }
    }

    @Test func fiveFailuresLockTheNameForAGrowingTime() async throws {
        let office = try TestOffice()
        try await office.pages { pages in
            for name in ["office", "nobody"] {
                for _ in 0..<5 {
                    let answer = try await Staff.tryToSignIn(pages, name: name, password: "wrong-password")
                    #expect(answer.status == .unauthorized)
                }
                let locked = try await Staff.tryToSignIn(pages, name: name, password: TestOffice.password)
                #expect(locked.status == .tooManyRequests)
                #expect(locked.headers[.retryAfter] == "30")
            }
            office.time.advance(seconds: 31)
            #expect(try await Staff.tryToSignIn(pages, name: "office", password: "wrong").status == .unauthorized)
            let longer = try await Staff.tryToSignIn(pages, name: "office", password: TestOffice.password)
            #expect(longer.headers[.retryAfter] == "60")
            office.time.advance(seconds: 61)
            _ = try await Staff.signIn(pages)
        }
    }

    @Test func aSessionEndsWhenItIsIdleAndWhenItIsSignedOut() async throws {
        let office = try TestOffice()
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            office.time.advance(seconds: 14 * 60)
            #expect(try await staff.get("/cases").status == .ok)
            office.time.advance(seconds: 14 * 60)
            #expect(try await staff.get("/cases").status == .ok)
            office.time.advance(seconds: 15 * 60)
            #expect(try await staff.get("/cases").headers[.location] == "/login")

            let second = try await Staff.signIn(pages)
            try await second.post("/logout")
            #expect(try await second.get("/cases").headers[.location] == "/login")
        }
    }

    @Test func aFormNeedsTheTokenOfItsSessionAndItsOwnSite() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            let other = try await Staff.signIn(pages)
            for token in ["", "x", other.token] {
                let answer = try await staff.post("/cases/1/decision", ["state": "accepted"], token: token)
                #expect(answer.status == .forbidden)
            }
            let field = try #require(HTTPField.Name("Sec-Fetch-Site"))
            let foreign = try await staff.post(
                "/cases/1/decision", ["state": "accepted"], headers: [field: "cross-site"])
            #expect(foreign.status == .forbidden)
            #expect(try await staff.get("/cases/1").text.contains("待受理"))
        }
    }

    @Test func whatACitizenTypedIsTextAndNeverMarkup() async throws {
        let office = try TestOffice()
        let hostile = "<script>alert(1)</script>\"'&\u{202E}\u{7}"
        var file = Sample.file(name: hostile)
        file.content.answers = [
            CaseAnswer(
                key: "k", label: Localized(zh: hostile, en: hostile), value: .text(hostile),
                shown: Localized(zh: hostile, en: hostile))
        ]
        let sealed = try office.client.seal(file)
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            let search = "/cases?q=%3Cscript%3E%22"
            for path in ["/cases", "/cases/1", "/cases/1?lang=en", search, "/verify?code=%3Cscript%3E%22%3E"] {
                let page = try await staff.get(path)
                #expect(!page.text.contains("<script"), "\(path)")
            }
            let page = try await staff.get("/cases/1").text
            #expect(page.contains("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\u{202E}\u{FFFD}</bdi>"))
        }
    }

    @Test func aPageOfPlainWordsEscapesNothing() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(
            Sample.file(pages: [Sample.page("p1")], agent: Sample.card(name: "李静")),
            attachments: [.init(slot: "p1", bytes: SamplePage.jpeg)])
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            for path in ["/cases", "/cases?state=rejected", "/cases/1", "/alarms", "/verify?code=x", "/nowhere"] {
                let page = try await staff.get(path).text
                // Markup that became text by mistake would show as its own source.
                #expect(!page.contains("&lt;") && !page.contains("HTML("), "\(path)")
            }
        }
    }

    @Test func theNumberIsMaskedUntilItIsAskedForAndThatIsAudited() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(
            Sample.file(agent: Sample.card(name: "李静", number: "230199198506120023")))
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            let masked = try await staff.get("/cases/1").text
            #expect(masked.contains("230199********0018"))
            #expect(masked.contains("230199********0023"))
            #expect(!masked.contains("230199199001010018"))
            #expect(!masked.contains("1990-01-01"))
            #expect(try await staff.get("/cases").text.contains("230199********0018"))
            let shown = try await staff.post("/cases/1/reveal")
            #expect(shown.text.contains("230199199001010018"))
            #expect(shown.text.contains("230199198506120023"))
            #expect(shown.headers[.cacheControl] == "no-store")
        }
        office.stop()
        let history = try await OfficeDatabase(data: office.data).history(ofCase: 1)
        #expect(history.compactMap(\.action) == [.revealed, .viewed, .received])
        #expect(history.map(\.actor) == ["office", "office", "DL01"])
    }

    @Test func everyViewLeavesARow() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(
            Sample.file(pages: [Sample.page("p1")]), attachments: [.init(slot: "p1", bytes: SamplePage.jpeg)])
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            _ = try await staff.get("/cases/1")
            let picture = try await staff.get("/cases/1/attachments/p1")
            #expect(picture.headers[.contentType] == "image/jpeg")
            #expect(picture.headers[.cacheControl] == "no-store")
            #expect(Array(buffer: picture.body) == SamplePage.jpeg)
            _ = try await staff.get("/cases/1/download")
            try await staff.post("/cases/1/decision", ["state": "accepted"])
            #expect(try await staff.get("/cases/1/attachments/none").status == .notFound)
        }
        office.stop()
        let database = try OfficeDatabase(data: office.data)
        let history = try await database.history(ofCase: 1).compactMap(\.action)
        #expect(history == [.decided, .downloaded, .pageViewed, .viewed, .received])
        let actions = try await database.queue.read {
            try String.fetchAll($0, sql: "SELECT action FROM audit WHERE case_number IS NULL ORDER BY number")
        }
        #expect(actions == ["signed-in"])
    }

    @Test func aCaseFileIsNeverShownAsAPage() async throws {
        let office = try TestOffice()
        let markup = Array("<html><script>alert(1)</script>".utf8)
        let sealed = try office.client.seal(
            Sample.file(), attachments: [.init(slot: "x", mediaType: "text/html", bytes: markup)])
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            for slot in ["x", "case"] {
                let answer = try await staff.get("/cases/1/attachments/\(slot)")
                #expect(answer.headers[.contentType] == "application/octet-stream")
                #expect(answer.headers[.contentDisposition]?.hasPrefix("attachment") == true)
            }
        }
    }

    @Test func aDecisionIsTakenOnceAndANoNeedsAReason() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            for fields in [["state": "returned"], ["state": "rejected", "reason": "  "]] {
                #expect(try await staff.post("/cases/1/decision", fields).status == .unprocessableContent)
            }
            for state in ["announced", "received", "x"] {
                #expect(try await staff.post("/cases/1/decision", ["state": state]).status == .badRequest)
            }
            let returned = try await staff.post(
                "/cases/1/decision", ["state": "returned", "reason": "缺少布局图"])
            #expect(returned.headers[.location] == "/cases/1")
            #expect(try await staff.get("/cases/1").text.contains("缺少布局图"))
            #expect(try await staff.post("/cases/1/decision", ["state": "accepted"]).status == .conflict)
            #expect(try await staff.get("/cases?state=returned").text.contains("DL01-20261121-0001"))
            #expect(!(try await staff.get("/cases?state=accepted").text.contains("DL01-20261121-0001")))
        }
    }

    @Test func theInboxIsNewestFirstSearchedByNumberAndPaged() async throws {
        let office = try TestOffice()
        try await office.kiosk { kiosk in
            for number in 1...52 {
                let text = String(repeating: "0", count: 4 - String(number).count) + String(number)
                let sealed = try office.client.seal(
                    Sample.file(receiptNumber: "DL01-20261121-\(text)"), sequence: Int64(number))
                _ = try await kiosk.deliver(sealed)
            }
        }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            func numbers(_ path: String) async throws -> [Substring] {
                try await staff.get(path).text.matches(of: /<bdi>DL01-20261121-(\d{4})<\/bdi>/).map(\.1)
            }
            let first = try await numbers("/cases")
            #expect(first.count == 50)
            #expect(first.prefix(2) == ["0052", "0051"])
            #expect(try await numbers("/cases?before=3") == ["0002", "0001"])
            #expect(try await numbers("/cases?q=1121-0017") == ["0017"])
            #expect(try await numbers("/cases?q=%25") == [])
            #expect(try await numbers("/cases?q=_0017").isEmpty)
            #expect(try await numbers("/cases?before=x&state=y").count == 50)
        }
    }

    @Test func theLanguageIsSwitchedByTheLinkAndKept() async throws {
        let office = try TestOffice()
        try await office.pages { pages in
            let chinese = try await pages.execute(uri: "/verify?code=A", method: .get)
            #expect(chinese.text.contains("凭证核验"))
            #expect(chinese.text.contains("href=\"/verify?code=A&amp;lang=en\""))
            let english = try await pages.execute(uri: "/verify?code=A&lang=en", method: .get)
            #expect(english.text.contains("Check a code"))
            let cookie = try #require(english.headers[.setCookie]).prefix { $0 != ";" }
            let kept = try await pages.execute(uri: "/verify", method: .get, headers: [.cookie: String(cookie)])
            #expect(kept.text.contains("Check a code"))
            let hostile = try await pages.execute(uri: "/verify?lang=%3Cb%3E", method: .get)
            #expect(hostile.headers[.setCookie] == nil)
        }
    }

    @Test func aReceiptNumberCanBeCheckedByAnybodyAndShowsNobody() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        try await office.pages { pages in
            let known = try await pages.execute(uri: "/verify?code=dl01-20261121-0001", method: .get)
            #expect(known.status == .ok)
            #expect(known.text.contains("有效"))
            #expect(!known.text.contains("张伟民") && !known.text.contains("MKT-001"))
            let unknown = try await pages.execute(uri: "/verify?code=DL01-20261121-0002", method: .get)
            #expect(unknown.status == .notFound)
        }
    }

    @Test func anAlarmIsShownAndResolved() async throws {
        let office = try TestOffice()
        let file = Sample.file()
        let (first, second) = (try office.client.seal(file), try office.client.seal(file))
        try await office.kiosk { kiosk in
            _ = try await kiosk.putManifest(first)
            _ = try await kiosk.putManifest(second)
        }
        try await office.pages { pages in
            let page = try await pages.execute(uri: "/alarms", method: .get)
            #expect(page.headers[.location] == "/login")
            let staff = try await Staff.signIn(pages)
            #expect(try await staff.get("/cases").text.contains("有 1 条告警待核查"))
            #expect(try await staff.get("/alarms").text.contains(file.caseID))
            try await staff.post("/alarms/1/resolve")
            #expect(try await staff.get("/alarms").text.contains("没有未处理的告警"))
        }
    }

    @Test func aZipHoldsEveryFileByteForByte() async throws {
        let office = try TestOffice()
        let big = (0..<(3 << 19)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let file = Sample.file(pages: [Sample.page("p1"), Sample.page("p2", bytes: big)])
        let sealed = try office.client.seal(
            file, attachments: [.init(slot: "p1", bytes: SamplePage.jpeg), .init(slot: "p2", bytes: big)])
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        let zip = try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            let answer = try await staff.get("/cases/1/download")
            #expect(answer.headers[.contentDisposition] == "attachment; filename=\"DL01-20261121-0001.zip\"")
            #expect(answer.headers[.contentLength] == "\(answer.body.readableBytes)")
            return Array(buffer: answer.body)
        }
        let path = "\(office.folder)/case.zip"
        try Data(zip).write(to: URL(filePath: path))
        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/env")
        check.arguments = [
            "python3", "-c",
            """
            import sys, zipfile
            z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
            z.extractall(sys.argv[2]); print('\\n'.join(z.namelist()))
            """, path, "\(office.folder)/unzipped",
        ]
        let output = Pipe()
        check.standardOutput = output
        try check.run()
        let names = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        check.waitUntilExit()
        #expect(check.terminationStatus == 0)
        let root = "DL01-20261121-0001"
        #expect(
            names.split(separator: "\n").map(String.init) == [
                "\(root)/case.json", "\(root)/attachments/p1.jpg", "\(root)/attachments/p2.jpg",
                "\(root)/manifest.json", "\(root)/receipt.json",
            ])
        let unzipped = try Data(contentsOf: URL(filePath: "\(office.folder)/unzipped/\(root)/attachments/p2.jpg"))
        #expect(Array(unzipped) == big)
    }
}

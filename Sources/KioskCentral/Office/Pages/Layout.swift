/// The frame of every office page: header, navigation, language switch.

import KioskCore

/// What a page needs to know of the request it answers.
struct PageView: Sendable {
    var language: Language
    /// Path and query of this page in the other language.
    var otherLanguageLink: String
    var session: OfficeSession?

    func callAsFunction(_ text: Localized) -> String { text[language] }

    /// The hidden field that proves a form came from a page of this session.
    var formToken: HTML { "<input type=\"hidden\" name=\"token\" value=\"\(session?.formToken ?? "")\">" }
}

enum Layout {
    enum Tab { case inbox, papers, orders, ratings, alarms, verify, none }

    static func page(_ view: PageView, title: Localized, tab: Tab, _ content: HTML) -> HTML {
        let other: Language = view.language == .zh ? .en : .zh
        let navigation: HTML = """
            <nav>\(link("/cases", OfficeText.inbox, view, tab == .inbox))\
            \(link("/papers", OfficeText.papers, view, tab == .papers))\
            \(link("/orders", OfficeText.orders, view, tab == .orders))\
            \(link("/ratings", OfficeText.ratings, view, tab == .ratings))\
            \(link("/alarms", OfficeText.alarms, view, tab == .alarms))\
            \(link("/verify", OfficeText.verify, view, tab == .verify))</nav>
            """
        return """
            <!DOCTYPE html>
            <html lang="\(view.language == .zh ? "zh-CN" : "en")">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(view(title)) · \(view(OfficeText.title))</title>
            <link rel="stylesheet" href="/office.css">
            </head>
            <body>
            <header class="bar">
            <a class="brand" href="/">\(view(OfficeText.title))</a>
            \(view.session == nil ? nil : navigation)
            <div class="corner">
            <a class="switch" href="\(view.otherLanguageLink)" lang="\(other.rawValue)">\(other == .zh ? "中文" : "English")</a>
            \(view.session.map { signOut(view, $0) })
            </div>
            </header>
            <main>
            \(content)
            </main>
            </body>
            </html>

            """
    }

    /// A short word in a coloured pill.
    static func badge(_ text: String, _ kind: String) -> HTML {
        "<span class=\"badge \(kind)\">\(text)</span>"
    }

    static func notice(_ text: String, _ kind: String) -> HTML {
        "<p class=\"notice \(kind)\" role=\"status\">\(text)</p>"
    }

    /// A page that says one thing.
    static func message(_ view: PageView, title: Localized) -> HTML {
        page(
            view, title: title, tab: .none,
            "<section class=\"card narrow\"><h1>\(view(title))</h1><p><a href=\"/\">\(view(OfficeText.backToInbox))</a></p></section>"
        )
    }

    private static func link(_ path: String, _ text: Localized, _ view: PageView, _ current: Bool) -> HTML {
        "<a href=\"\(path)\"\(current ? " class=\"current\" aria-current=\"page\"" as HTML : nil)>\(view(text))</a>"
    }

    private static func signOut(_ view: PageView, _ session: OfficeSession) -> HTML {
        """
        <span class="user">\(session.user)</span>
        <form method="post" action="/logout">\(view.formToken)<button class="quiet">\(view(OfficeText.signOut))</button></form>
        """
    }
}

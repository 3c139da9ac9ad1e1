/// The inbox: staff calls that wait, then received cases, newest first.

import KioskCore

enum InboxPage {
    struct Content: Sendable {
        var cases: [CaseRow]
        /// By case number.
        var summaries: [Int64: CaseSummary]
        var calls: [StaffCall]
        var openAlarms: Int
        var counts: [CaseState: Int]
        var search: String
        var state: CaseState?
        /// Only cases to be finished at a window.
        var handedOver: Bool
        /// Set when this is not the first page.
        var before: Int64?
        var hasOlder: Bool
    }

    static func page(_ view: PageView, _ content: Content) -> HTML {
        Layout.page(
            view, title: OfficeText.inbox, tab: .inbox,
            """
            \(content.openAlarms == 0 ? nil : alarmBanner(view, content.openAlarms))
            \(content.calls.isEmpty ? nil : calls(view, content.calls))
            <section class="card">
            <div class="head"><h1>\(view(OfficeText.inbox))</h1>\(filter(view, content))</div>
            \(content.cases.isEmpty ? "<p class=\"empty\">\(view(OfficeText.noCases))</p>" : table(view, content))
            \(pager(view, content))
            </section>
            """)
    }

    private static func alarmBanner(_ view: PageView, _ count: Int) -> HTML {
        "<p class=\"notice bad\"><a href=\"/alarms\">\(view(OfficeText.openAlarms(count)))</a></p>"
    }

    private static func calls(_ view: PageView, _ calls: [StaffCall]) -> HTML {
        let rows = calls.map { call -> HTML in
            let answer: HTML = """
                <form method="post" action="/calls/\(call.id)/acknowledge">\(view.formToken)\
                <button class="primary">\(view(OfficeText.acknowledge))</button></form>
                """
            let close: HTML = """
                <form method="post" action="/calls/\(call.id)/close">\(view.formToken)\
                <button>\(view(OfficeText.close))</button></form>
                """
            let answers: HTML = """
                <span class="hint">\(view(OfficeText.confirmHolderHint))</span>\
                <form method="post" action="/calls/\(call.id)/is-holder">\(view.formToken)\
                <button class="primary">\(view(OfficeText.isHolder))</button></form>\
                <form method="post" action="/calls/\(call.id)/is-not-holder">\(view.formToken)\
                <button class="danger">\(view(OfficeText.isNotHolder))</button></form>
                """
            let going: HTML = "<span class=\"hint\">\(view(OfficeText.goes(call.answeredBy ?? "")))</span>"
            let isHelp = call.purpose == .help
            let place: HTML =
                isHelp
                ? HTML.value(view(OfficeText.place(call.page)))
                : """
                \(Layout.badge(view(OfficeText.confirmHolder), "window")) \
                <span class="digits">\(HTML.value(call.maskedNumber ?? "—"))</span>
                """
            let buttons: HTML = isHelp ? (call.state == .ringing ? answer : "\(going)\(close)") : answers
            return """
                <tr><td><strong>\(call.terminal)</strong></td><td class="number">\(call.receivedAt.chinaMinute)</td>\
                <td>\(HTML.value(call.matterCode ?? "—"))</td><td>\(place)</td>\
                <td class="tail">\(buttons)</td></tr>
                """
        }
        return """
            <section class="card calls">
            <h2>\(view(OfficeText.calls))</h2>
            <div class="table"><table>
            <thead><tr><th>\(view(OfficeText.terminal))</th><th>\(view(OfficeText.calledAt))</th>\
            <th>\(view(OfficeText.matter))</th><th>\(view(OfficeText.page))</th><th></th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            </section>
            """
    }

    private static func filter(_ view: PageView, _ content: Content) -> HTML {
        let options = CaseState.allCases.filter { $0 != .announced }.map { state -> HTML in
            """
            <option value="\(state.rawValue)"\(state == content.state ? " selected" as HTML : nil)>\
            \(view(OfficeText.state(state))) (\(content.counts[state] ?? 0))</option>
            """
        }
        return """
            <form method="get" action="/cases" class="filter">
            <input name="q" type="search" value="\(content.search)" maxlength="64" placeholder="\(view(OfficeText.receiptNumber))" aria-label="\(view(OfficeText.receiptNumber))">
            <select name="state" aria-label="\(view(OfficeText.state))"><option value="">\(view(OfficeText.allStates))</option>\(options)</select>
            <select name="kind" aria-label="\(view(OfficeText.allKinds))"><option value="">\(view(OfficeText.allKinds))</option>\
            <option value="window"\(content.handedOver ? " selected" as HTML : nil)>\(view(OfficeText.handedOver))</option></select>
            <button>\(view(OfficeText.search))</button>
            </form>
            """
    }

    private static func table(_ view: PageView, _ content: Content) -> HTML {
        let rows = content.cases.map { row -> HTML in
            let summary = content.summaries[row.number]
            let title = row.matterTitle.map { view($0) } ?? view(OfficeText.unnamedMatter)
            let person: HTML? = summary.map {
                "\(HTML.value($0.name))<br><span class=\"minor\">\($0.maskedNumber)</span>"
            }
            return """
                <tr><td><a class="case" href="/cases/\(row.number)">\(HTML.value(row.receiptNumber ?? row.reference.caseID))</a>\
                \(row.reference.rev > 1 ? "<br><span class=\"minor\">\(view(OfficeText.revision)) \(row.reference.rev)</span>" : nil)</td>\
                <td>\(HTML.value(title))<br><span class="minor">\(row.matterCode ?? "—")</span></td>\
                <td>\(person ?? nobody(view, row))</td>\
                <td>\(row.reference.terminal.text)</td>\
                <td class="number">\(row.submittedAt?.chinaMinute ?? "—")</td>\
                <td class="number">\(row.receivedAt?.chinaMinute ?? "—")</td>\
                <td>\(Layout.badge(view(OfficeText.state(row.state)), row.state.rawValue))\
                \(row.isHandedOver ? Layout.badge(view(OfficeText.handedOver), "window") : nil)\
                \(row.flag.map { Layout.badge(view(OfficeText.flag($0)), "flag") })</td></tr>
                """
        }
        return """
            <div class="table"><table class="inbox">
            <thead><tr><th>\(view(OfficeText.receiptNumber))</th><th>\(view(OfficeText.matter))</th>\
            <th>\(view(OfficeText.applicant))</th><th>\(view(OfficeText.terminal))</th>\
            <th>\(view(OfficeText.submittedAt))</th><th>\(view(OfficeText.receivedAt))</th>\
            <th>\(view(OfficeText.state))</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
    }

    /// A case that was read and names no applicant has none; of any other nothing is known.
    private static func nobody(_ view: PageView, _ row: CaseRow) -> HTML {
        let isRead = row.matterCode != nil && row.summary == nil
        return isRead ? "<span class=\"minor\">\(view(OfficeText.noIdentity))</span>" : "—"
    }

    private static func pager(_ view: PageView, _ content: Content) -> HTML {
        let query =
            "q=\(percentEncoded(content.search))&state=\(content.state?.rawValue ?? "")&kind=\(content.handedOver ? "window" : "")"
        let newest: HTML? =
            content.before == nil ? nil : "<a href=\"/cases?\(query)\">\(view(OfficeText.newest))</a>"
        let older: HTML? =
            content.hasOlder
            ? content.cases.last.map { "<a href=\"/cases?\(query)&before=\($0.number)\">\(view(OfficeText.older))</a>" }
            : nil
        return newest == nil && older == nil ? "" : "<p class=\"pager\">\(newest)\(older)</p>"
    }
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
            result.unicodeScalars.append(Unicode.Scalar(byte))
        default: result += "%" + hexadecimal([byte]).uppercased()
        }
    }
    return result
}

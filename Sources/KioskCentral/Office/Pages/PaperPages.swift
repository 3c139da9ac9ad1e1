/// Papers that were promised for later: what is due, what is overdue.

import KioskCore

enum PaperPages {
    static func list(_ view: PageView, _ papers: [DeferredPaper], today: CalendarDate) -> HTML {
        let rows = papers.map { paper -> HTML in
            """
            <tr><td class="number">\(paper.due.description)</td><td>\(badge(view, paper, today: today, short: true))</td>\
            <td>\(HTML.value(view(paper.title)))</td>\
            <td><a class="case" href="/cases/\(paper.caseNumber)">\(HTML.value(paper.caseReceipt ?? "—"))</a></td>\
            <td>\(HTML.value(paper.matterTitle.map { view($0) } ?? "—"))</td></tr>
            """
        }
        let table: HTML = """
            <div class="table"><table class="inbox">
            <thead><tr><th>\(view(OfficeText.dueBy))</th><th>\(view(OfficeText.state))</th><th>\(view(OfficeText.paper))</th>\
            <th>\(view(OfficeText.receiptNumber))</th><th>\(view(OfficeText.matter))</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
        return Layout.page(
            view, title: OfficeText.papers, tab: .papers,
            """
            <section class="card">
            <h1>\(view(OfficeText.papers))</h1>
            \(papers.isEmpty ? "<p class=\"empty\">\(view(OfficeText.noPapers))</p>" : table)
            </section>
            """)
    }

    /// - Parameter short: The day stands beside it already.
    static func badge(_ view: PageView, _ paper: DeferredPaper, today: CalendarDate, short: Bool = false) -> HTML {
        if paper.handedIn != nil { return Layout.badge(view(OfficeText.handedIn), "accepted") }
        if paper.due < today {
            return Layout.badge(view(OfficeText.overdue) + (short ? "" : " · \(paper.due)"), "rejected")
        }
        if short {
            return Layout.badge(view(paper.due == today ? OfficeText.dueToday : OfficeText.stillDue), "returned")
        }
        return Layout.badge(view(OfficeText.deferred(paper.due)), "returned")
    }
}

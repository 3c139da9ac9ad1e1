/// How people graded the service, by matter, and why some graded it low.

import KioskCore

enum RatingPage {
    static func page(_ view: PageView, _ ratings: [MatterRating], titles: [String: Localized]) -> HTML {
        Layout.page(
            view, title: OfficeText.ratings, tab: .ratings,
            """
            <section class="card">
            <h1>\(view(OfficeText.ratings))</h1>
            \(ratings.isEmpty ? "<p class=\"empty\">\(view(OfficeText.noRatings))</p>" : table(view, ratings, titles))
            </section>
            """)
    }

    private static func table(
        _ view: PageView, _ ratings: [MatterRating], _ titles: [String: Localized]
    ) -> HTML {
        var all = MatterRating(matterCode: "")
        for rating in ratings {
            all.counts.merge(rating.counts, uniquingKeysWith: +)
            all.reasons.merge(rating.reasons, uniquingKeysWith: +)
        }
        let grades = [5, 4, 3, 2, 1]
        func row(_ rating: MatterRating, _ name: HTML, _ kind: HTML) -> HTML {
            let cells = grades.map { grade -> HTML in "<td class=\"number\">\(rating.counts[grade] ?? 0)</td>" }
            let reasons = rating.reasons.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
                .map { reason, count -> HTML in Layout.badge("\(view(OfficeText.reason(reason))) \(count)", "returned")
                }
            return """
                <tr\(kind)><td>\(name)</td><td class="number">\(rating.count)</td>\
                <td class="number">\(rating.average.map(oneDecimal) ?? "—")</td>\(cells)<td>\(reasons)</td></tr>
                """
        }
        let headings = grades.map { grade -> HTML in "<th>\(view(OfficeText.grade(grade)))</th>" }
        let rows = ratings.map { rating -> HTML in
            let code: HTML = HTML.value(rating.matterCode)
            let name = titles[rating.matterCode].map { title -> HTML in
                "\(view(title))<br><span class=\"minor\">\(code)</span>"
            }
            return row(rating, name ?? code, "")
        }
        return """
            <div class="table"><table>
            <thead><tr><th>\(view(OfficeText.matter))</th><th>\(view(OfficeText.count))</th>\
            <th>\(view(OfficeText.average))</th>\(headings)<th>\(view(OfficeText.lowReasons))</th></tr></thead>
            <tbody>\(row(all, "<strong>\(view(OfficeText.allMatters))</strong>", " class=\"total\""))\(rows)</tbody>
            </table></div>
            """
    }

    /// `4.3`
    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// Orders to pay: the list for staff, and the page that a citizen's telephone opens.

import KioskCore

enum OrderPages {
    static func list(_ view: PageView, _ orders: [OfficeOrder]) -> HTML {
        let rows = orders.map { order -> HTML in
            let number: HTML? = order.caseNumber.map {
                "<a class=\"case\" href=\"/cases/\($0)\">\(HTML.value(order.caseReceipt ?? "—"))</a>"
            }
            let reference: HTML? = order.reference.map { "<br><span class=\"minor\">\(HTML.value($0))</span>" }
            return """
                <tr><td class="number">\(order.placedAt.chinaMinute)</td>\
                <td>\(badge(view, order.state, toSettle: order.isToSettle && order.state != .paid))</td>\
                <td class="number">\(view(OfficeText.yuan(order.amount)))</td>\
                <td>\(HTML.value(view(order.subject)))<br><span class="minor">\(HTML.value(order.matterCode))</span></td>\
                <td>\(order.terminal)</td>\
                <td class="number">\(order.paidAt?.chinaMinute ?? "—")\(reference)</td>\
                <td>\(number ?? "—")</td></tr>
                """
        }
        let table: HTML = """
            <div class="table"><table class="inbox">
            <thead><tr><th>\(view(OfficeText.placedAt))</th><th>\(view(OfficeText.state))</th>\
            <th>\(view(OfficeText.amount))</th><th>\(view(OfficeText.orderFor))</th>\
            <th>\(view(OfficeText.terminal))</th><th>\(view(OfficeText.paidAt))</th>\
            <th>\(view(OfficeText.caseNumber))</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
        return Layout.page(
            view, title: OfficeText.orders, tab: .orders,
            """
            <section class="card">
            <h1>\(view(OfficeText.orders))</h1>
            \(orders.isEmpty ? "<p class=\"empty\">\(view(OfficeText.noOrders))</p>" : table)
            </section>
            """)
    }

    static func badge(_ view: PageView, _ state: PaymentOrder.State, toSettle: Bool) -> HTML {
        let kind = state == .paid ? "accepted" : state == .waiting ? "received" : "plain"
        return """
            \(Layout.badge(view(OfficeText.order(state)), kind))\
            \(toSettle && state != .paid ? Layout.badge(view(OfficeText.toSettle), "returned") : nil)
            """
    }

    /// Whoever has the code may see and pay it; it says nothing of a person.
    static func pay(_ view: PageView, _ order: OfficeOrder, takesButton: Bool) -> HTML {
        let button: HTML = """
            <form method="post" action="/pay/\(order.code)" class="stack">\
            <button class="primary large">\(view(OfficeText.pay))</button></form>
            <p class="hint">\(view(OfficeText.payNote))</p>
            """
        let rest: HTML =
            switch order.state {
            case .waiting: takesButton ? button : Layout.notice(view(OfficeText.payElsewhere), "good")
            case .paid:
                """
                \(Layout.notice(view(OfficeText.payDone), "good"))
                <p class="hint">\(view(OfficeText.reference)): \(HTML.value(order.reference ?? "—"))</p>
                """
            case .closed: Layout.notice(view(OfficeText.payClosed), "bad")
            }
        return Layout.page(
            view, title: OfficeText.payTitle, tab: .none,
            """
            <section class="card narrow pay">
            <h1>\(HTML.value(view(order.subject)))</h1>
            <p class="amount">\(view(OfficeText.yuan(order.amount)))</p>
            \(rest)
            </section>
            """)
    }
}

/// Sign-in, the public check of a code, and the list of alarms.

import KioskCore

enum SmallPages {
    static func signIn(_ view: PageView, problem: Localized?) -> HTML {
        Layout.page(
            view, title: OfficeText.signIn, tab: .none,
            """
            <section class="card narrow">
            <h1>\(view(OfficeText.signIn))</h1>
            \(problem.map { Layout.notice(view($0), "bad") })
            <form method="post" action="/login" class="stack">
            <label for="name">\(view(OfficeText.userName))</label>
            <input id="name" name="name" autocomplete="username" maxlength="32" required autofocus>
            <label for="password">\(view(OfficeText.password))</label>
            <input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required>
            <button class="primary">\(view(OfficeText.signIn))</button>
            </form>
            <p class="hint">\(view(OfficeText.signInHint))</p>
            <p class="hint"><a href="/verify">\(view(OfficeText.verify))</a></p>
            </section>
            """)
    }

    /// - Parameter found: Nil before a code was given.
    static func verify(_ view: PageView, code: String, found: (known: Bool, text: Localized)?) -> HTML {
        Layout.page(
            view, title: OfficeText.verify, tab: .verify,
            """
            <section class="card narrow">
            <h1>\(view(OfficeText.verify))</h1>
            <p class="hint">\(view(OfficeText.verifyHint))</p>
            <form method="get" action="/verify" class="stack">
            <label for="code">\(view(OfficeText.code))</label>
            <input id="code" name="code" value="\(code)" maxlength="64" required autofocus>
            <button class="primary">\(view(OfficeText.check))</button>
            </form>
            \(found.map { Layout.notice(view($0.text), $0.known ? "good" : "bad") })
            </section>
            """)
    }

    static func alarms(_ view: PageView, _ alarms: [Alarm]) -> HTML {
        let rows = alarms.map { alarm -> HTML in
            """
            <tr><td class="number">\(alarm.at.chinaMinute)</td><td>\(alarm.terminal)</td>\
            <td>\(alarm.kind.map { view(OfficeText.alarm($0)) } ?? "—")</td>\
            <td><code>\(alarm.caseID ?? "—")</code></td>\
            <td class="tail"><form method="post" action="/alarms/\(alarm.number)/resolve">\(view.formToken)\
            <button>\(view(OfficeText.resolve))</button></form></td></tr>
            """
        }
        let table: HTML = """
            <div class="table"><table>
            <thead><tr><th>\(view(OfficeText.time))</th><th>\(view(OfficeText.terminal))</th>\
            <th>\(view(OfficeText.alarmKind))</th><th>\(view(OfficeText.caseID))</th><th></th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
        return Layout.page(
            view, title: OfficeText.alarms, tab: .alarms,
            """
            <section class="card">
            <h1>\(view(OfficeText.alarms))</h1>
            \(alarms.isEmpty ? "<p class=\"empty\">\(view(OfficeText.noAlarms))</p>" : table)
            </section>
            """)
    }
}

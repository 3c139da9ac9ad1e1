/// One case: who applies, what was answered, the photographed pages, what happened to it, and the decision.

import KioskCore

enum CasePage {
    struct Content: Sendable {
        var row: CaseRow
        var manifest: CaseManifest
        /// Nil when the case is flagged as something this office cannot read.
        var file: CaseFile?
        var history: [AuditEntry]
        /// The office's own order that the case refers to.
        var order: OfficeOrder?
        /// The office's own answer to the call that the case names for its holder check.
        var confirmation: HolderAnswer?
        var papers: [DeferredPaper] = []
        /// The earlier case that this one hands papers in for, and later ones that do so for this.
        var earlier: CaseRow?
        var later: [(number: Int64, receiptNumber: String)] = []
        var today: CalendarDate
        /// Whether citizen numbers stand in full: only in the answer to the button, which is audited.
        var revealed: Bool
        var problem: Localized?
    }

    static func page(_ view: PageView, _ content: Content) -> HTML {
        Layout.page(
            view, title: OfficeText.caseTitle, tab: .inbox,
            """
            <p class="back"><a href="/cases">\(view(OfficeText.backToInbox))</a></p>
            \(content.problem.map { Layout.notice(view($0), "bad") })
            \(heading(view, content))
            \(content.file.map { readable(view, content, $0) } ?? otherFiles(view, content, content.manifest.items))
            \(decision(view, content))
            \(history(view, content.history))
            """)
    }

    private static func heading(_ view: PageView, _ content: Content) -> HTML {
        let row = content.row
        let title = row.matterTitle.map { view($0) } ?? view(OfficeText.unnamedMatter)
        var facts: [HTML] = [
            fact(view, OfficeText.receiptNumber, HTML.value(row.receiptNumber ?? "—")),
            fact(view, OfficeText.terminal, "\(row.reference.terminal.text)"),
            fact(view, OfficeText.receivedAt, "\(row.receivedAt?.chinaMinute ?? "—")"),
        ]
        if let file = content.file {
            let days = file.content.workdays
            let submitted = file.content.submittedAt
            facts.insert(fact(view, OfficeText.submittedAt, "\(submitted.chinaMinute)"), at: 2)
            facts.append(fact(view, OfficeText.department, HTML.value(view(file.content.department))))
            let bounded = min(max(days, 0), 3650)
            facts.append(
                fact(
                    view, OfficeText.promised,
                    days <= 0
                        ? "\(view(OfficeText.onTheSpot))"
                        : "\(submitted.chinaDate.adding(workingDays: bounded).description)"))
            facts.append(fact(view, OfficeText.language, file.content.language == .zh ? "中文" : "English"))
        }
        if let earlier = content.earlier {
            facts.append(
                fact(
                    view, OfficeText.supplementOf,
                    "<a href=\"/cases/\(earlier.number)\">\(HTML.value(earlier.receiptNumber ?? "—"))</a>"))
        }
        if !content.later.isEmpty {
            let links = content.later.map { later -> HTML in
                "<a href=\"/cases/\(later.number)\">\(HTML.value(later.receiptNumber))</a> "
            }
            facts.append(fact(view, OfficeText.supplements, "\(links)"))
        }
        facts.append(fact(view, OfficeText.manifest, "<code>\(row.manifestHash.prefix(16))</code>"))
        return """
            <section class="card">
            <div class="head"><h1>\(HTML.value(title)) <span class="minor">\(row.matterCode ?? "")</span></h1>
            <div class="badges">\(Layout.badge(view(OfficeText.state(row.state)), row.state.rawValue))\
            \(row.isHandedOver ? Layout.badge(view(OfficeText.handedOver), "window") : nil)\
            \(row.flag.map { Layout.badge(view(OfficeText.flag($0)), "flag") })</div></div>
            <dl class="facts">\(facts)</dl>
            <p class="actions"><a class="button" id="download" href="/cases/\(row.number)/download">\(view(OfficeText.download))</a></p>
            </section>
            """
    }

    private static func readable(_ view: PageView, _ content: Content, _ file: CaseFile) -> HTML {
        let case_ = file.content
        let shown = Set(case_.attachments.map(\.id) + [SealingSuite.caseSlot])
        let rest =
            content.manifest.items.filter { !shown.contains($0.slot) }
            + content.manifest.items.filter { item in case_.cardPhotos.contains { $0.id == item.slot } }
        return """
            \(handOver(view, case_.disposition))
            \(case_.applicant.map { person(view, content, OfficeText.applicant, $0) } ?? nobody(view))
            \(case_.agent.map { person(view, content, OfficeText.agent, $0) })
            \(case_.holderCheck.map { holderCheck(view, content, $0) })
            \(answers(view, case_.answers))
            \(materials(view, content, case_.materials))
            \(payment(view, content, case_.payment))
            \(case_.consents.isEmpty ? nil : consents(view, case_.consents))
            \(case_.signature.map { signature(view, $0) })
            \(case_.notes.isEmpty ? nil : notes(view, case_.notes))
            \(rest.isEmpty ? nil : otherFiles(view, content, rest))
            """
    }

    private static func handOver(_ view: PageView, _ disposition: Disposition) -> HTML? {
        guard case .handedOver(let reasons) = disposition else { return nil }
        let items = reasons.map { reason -> HTML in "<li>\(HTML.value(view(reason)))</li>" }
        return """
            <section class="card window"><h2>\(view(OfficeText.handedOver))</h2>
            <p>\(view(OfficeText.handedOverNote))</p><ul>\(items)</ul></section>
            """
    }

    private static func nobody(_ view: PageView) -> HTML {
        """
        <section class="card"><h2>\(view(OfficeText.applicant))</h2>
        <p>\(Layout.badge(view(OfficeText.noIdentity), "plain")) \(view(OfficeText.noIdentityNote))</p></section>
        """
    }

    /// Where staff confirmed the holder, the office's own record says who and when; what the case says is compared.
    private static func holderCheck(_ view: PageView, _ content: Content, _ check: HolderCheck) -> HTML {
        let own = content.confirmation
        let isKnown =
            check.method == .face
            || own.map { $0.isHolder && $0.session == content.row.reference.caseID } ?? false
        let how = check.method == .face ? OfficeText.byFace : OfficeText.byStaff(own?.by ?? "—")
        return """
            <section class="card"><h2>\(view(OfficeText.holderCheck))</h2>
            \(isKnown ? nil : Layout.notice(view(OfficeText.notConfirmedHere), "bad"))
            <dl class="facts">
            \(fact(view, OfficeText.checkedBy, HTML.value(view(how))))
            \(fact(view, OfficeText.checkedAt, "\((own?.at ?? check.at).chinaMinute)"))
            \(check.score.map { fact(view, OfficeText.score, "\(hundredths($0))") })
            \(check.matcher.map { fact(view, OfficeText.matcher, HTML.value($0)) })
            </dl></section>
            """
    }

    /// `0.87`; what is no share of one is none.
    private static func hundredths(_ score: Double) -> String {
        guard score.isFinite, (0...1).contains(score) else { return "—" }
        let value = Int((score * 100).rounded())
        return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
    }

    /// The office's own order says whether it is paid; what the case says of it is compared.
    private static func payment(_ view: PageView, _ content: Content, _ payment: CasePayment?) -> HTML? {
        guard let payment else { return nil }
        let order = content.order
        let isPaid = order?.state == .paid
        let differs = order.map { $0.amount != payment.amount || (payment.isPaid && $0.state != .paid) } ?? true
        return """
            <section class="card"><h2>\(view(OfficeText.payment))</h2>
            \(differs ? Layout.notice(view(OfficeText.otherOrder), "bad") : nil)
            <dl class="facts">
            \(fact(view, OfficeText.amount, "\(view(OfficeText.yuan(payment.amount)))"))
            \(fact(view, OfficeText.state, OrderPages.badge(view, order?.state ?? .waiting, toSettle: !isPaid)))
            \(order?.paidAt.map { fact(view, OfficeText.paidAt, "\($0.chinaMinute)") })
            \(order?.reference.map { fact(view, OfficeText.reference, HTML.value($0)) })
            \(fact(view, OfficeText.payOrder, HTML.value(payment.orderID)))
            </dl></section>
            """
    }

    private static func consents(_ view: PageView, _ consents: [CaseConsent]) -> HTML {
        let items = consents.map { consent -> HTML in
            "<blockquote>\(HTML.value(consent.statement))<br><span class=\"minor\">\(consent.agreedAt.chinaMinute)</span></blockquote>"
        }
        return "<section class=\"card\"><h2>\(view(OfficeText.consents))</h2>\(items)</section>"
    }

    private static func person(_ view: PageView, _ content: Content, _ title: Localized, _ card: IdentityCard) -> HTML {
        let validity =
            switch card.expiry {
            case .on(let last): "\(card.validFrom) — \(last)"
            case .never: "\(card.validFrom) — \(view(OfficeText.longTerm))"
            }
        let button: HTML? =
            content.revealed
            ? nil
            : """
            <form method="post" action="/cases/\(content.row.number)/reveal" class="inline">\(view.formToken)\
            <button class="quiet" title="\(view(OfficeText.revealNote))">\(view(OfficeText.reveal))</button></form>
            """
        let number = content.revealed ? card.number : CitizenNumber.masked(card.number)
        // The date of birth is half of what the mask hides.
        let birth =
            content.revealed ? card.birthDate.description : "\(String(card.birthDate.description.prefix(4)))-**-**"
        return """
            <section class="card">
            <h2>\(view(title))</h2>
            <dl class="facts">
            \(fact(view, OfficeText.cardKind, "\(view(card.kind.title))"))
            \(fact(view, OfficeText.name, HTML.value(card.name)))
            \(fact(view, OfficeText.sex, "\(view(OfficeText.sex(card.sex)))"))
            \(fact(view, OfficeText.birthDate, "\(birth)"))
            \(fact(view, OfficeText.number, "<span class=\"digits\">\(HTML.value(number))</span>\(button)"))
            \(card.address.isEmpty ? nil : fact(view, OfficeText.address, HTML.value(card.address)))
            \(fact(view, OfficeText.issuer, HTML.value(card.issuer)))
            \(fact(view, OfficeText.validity, "\(validity)"))
            </dl>
            </section>
            """
    }

    private static func answers(_ view: PageView, _ answers: [CaseAnswer]) -> HTML {
        let rows = answers.map { answer -> HTML in
            """
            <tr><th scope="row">\(HTML.value(view(answer.label)))</th>\
            <td class="lines">\(HTML.value(view(answer.shown)))</td></tr>
            """
        }
        let table: HTML = "<table class=\"pairs\"><tbody>\(rows)</tbody></table>"
        let empty: HTML = "<p class=\"empty\">\(view(OfficeText.noAnswers))</p>"
        return "<section class=\"card\"><h2>\(view(OfficeText.answers))</h2>\(rows.isEmpty ? empty : table)</section>"
    }

    private static func materials(_ view: PageView, _ content: Content, _ materials: [CaseMaterial]) -> HTML {
        let blocks = materials.map { material -> HTML in
            let entry: HTML? = material.entry.map {
                "<span class=\"minor\">\(view(OfficeText.entry($0 < Int.max ? $0 + 1 : $0)))</span>"
            }
            let title: HTML = "\(HTML.value(view(material.title))) \(entry)"
            switch material.state {
            case .card:
                return
                    "<div class=\"material\"><h3>\(title) \(Layout.badge(view(OfficeText.fromCard), "plain"))</h3></div>"
            case .deferred(let until):
                let badge = PaperPages.badge(view, standing(of: material, until, content), today: content.today)
                return "<div class=\"material\"><h3>\(title) \(badge)</h3></div>"
            case .pages(let pages):
                let figures = pages.enumerated().map { index, page in
                    figure(view, content, page, index: index, title: view(material.title))
                }
                return """
                    <div class="material"><h3>\(title) \(Layout.badge(view(OfficeText.pages(pages.count)), "plain"))</h3>
                    <div class="grid">\(figures)</div></div>
                    """
            }
        }
        return """
            <section class="card">
            <h2>\(view(OfficeText.materials))</h2>
            \(blocks.isEmpty ? ["<p class=\"empty\">\(view(OfficeText.noMaterials))</p>"] : blocks)
            </section>
            """
    }

    /// The paper as it stands now: handed in since, or with more time than first promised.
    private static func standing(
        of material: CaseMaterial, _ until: CalendarDate, _ content: Content
    ) -> DeferredPaper {
        content.papers.first { $0.title == material.title }
            ?? DeferredPaper(caseNumber: content.row.number, title: material.title, due: until)
    }

    private static func figure(
        _ view: PageView, _ content: Content, _ page: PageReference, index: Int, title: String
    ) -> HTML {
        let source = "/cases/\(content.row.number)/attachments/\(page.id)"
        let number = view(OfficeText.page(index + 1))
        return """
            <figure><a href="\(source)"><img src="\(source)" alt="\(title) \(number)" loading="lazy"></a>\
            <figcaption>\(number) · \(page.takenAt.chinaMinute)<br>\
            <span class="minor">\(page.width) × \(page.height) · \(HTML.value(page.device))</span></figcaption></figure>
            """
    }

    private static func signature(_ view: PageView, _ signature: CaseSignature) -> HTML {
        """
        <section class="card">
        <h2>\(view(OfficeText.signature))</h2>
        <blockquote>\(HTML.value(signature.statement))</blockquote>
        <p>\(HTML.value(signature.signer)) · \(signature.signedAt.chinaMinute)</p>
        </section>
        """
    }

    private static func notes(_ view: PageView, _ notes: [Localized]) -> HTML {
        let items = notes.map { note -> HTML in "<li>\(HTML.value(view(note)))</li>" }
        return "<section class=\"card\"><h2>\(view(OfficeText.notes))</h2><ul>\(items)</ul></section>"
    }

    private static func otherFiles(_ view: PageView, _ content: Content, _ items: [CaseManifest.Item]) -> HTML {
        let rows = items.map { item -> HTML in
            """
            <li><a href="/cases/\(content.row.number)/attachments/\(item.slot)">\(CasePacket.fileName(of: item))</a> \
            <span class="minor">\(item.mediaType) · \(item.length) \(view(OfficeText.bytes))</span></li>
            """
        }
        return
            "<section class=\"card\"><h2>\(view(OfficeText.otherFiles))</h2><ul class=\"files\">\(rows)</ul></section>"
    }

    private static func decision(_ view: PageView, _ content: Content) -> HTML {
        guard content.row.state == .received else {
            guard let reason = content.row.reason else { return "" }
            return """
                <section class="card"><h2>\(view(OfficeText.decision))</h2>
                <p>\(Layout.badge(view(OfficeText.state(content.row.state)), content.row.state.rawValue)) \
                \(view(OfficeText.reason)): \(HTML.value(reason))</p></section>
                """
        }
        return """
            <section class="card">
            <h2>\(view(OfficeText.decision))</h2>
            <form method="post" action="/cases/\(content.row.number)/decision" class="stack">\(view.formToken)
            <label for="reason">\(view(OfficeText.reason)) <span class="minor">\(view(OfficeText.reasonHint))</span></label>
            <textarea id="reason" name="reason" rows="2" maxlength="1000"></textarea>
            <div class="actions"><button class="primary" name="state" value="accepted">\(view(OfficeText.accept))</button>
            <button name="state" value="returned">\(view(OfficeText.giveBack))</button>
            <button class="danger" name="state" value="rejected">\(view(OfficeText.reject))</button></div>
            </form>
            </section>
            """
    }

    private static func history(_ view: PageView, _ entries: [AuditEntry]) -> HTML {
        let rows = entries.map { entry -> HTML in
            let detail =
                CaseState(rawValue: entry.detail).map { view(OfficeText.state($0)) } ?? entry.detail
            return """
                <tr><td class="number">\(entry.at.chinaMinute)</td><td>\(entry.actor)</td>\
                <td>\(entry.action.map { view(OfficeText.action($0)) } ?? "—")</td><td>\(HTML.value(detail))</td></tr>
                """
        }
        return """
            <section class="card">
            <h2>\(view(OfficeText.history))</h2>
            <div class="table"><table>
            <thead><tr><th>\(view(OfficeText.time))</th><th>\(view(OfficeText.actor))</th>\
            <th>\(view(OfficeText.action))</th><th></th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            </section>
            """
    }

    private static func fact(_ view: PageView, _ label: Localized, _ value: HTML) -> HTML {
        "<div><dt>\(view(label))</dt><dd>\(value)</dd></div>"
    }
}

/// The pages before the questions: the notice, statements to agree to, the citizen's card, and for whom it is done.

import KioskCore

extension FlowPages {
    var notice: PageBody {
        let matter = flow.matter
        let readsCard = matter.identity != .none
        // What happens to their data comes first: nobody should have to turn the page to learn what they agree to.
        var nodes = [
            Node("summary", .paragraph(matter.summary[language])),
            Node("privacy", .heading(words[.noticePrivacy])),
            Node(
                "privacy.who",
                .bullet(words(readsCard ? .privacyWho : .privacyWhoNoCard, matter.department[language]), note: nil)),
            Node(
                "privacy.stay",
                .bullet(
                    words[.privacyStay], note: readsCard ? words(.privacyPowerCut, policy.resumeMinutes) : nil)),
            Node("materials", .heading(words[.noticeMaterials])),
        ]
        nodes += materialBullets(matter.materials)
        if matter.materials.isEmpty {
            nodes.append(Node("materials.none", .bullet(words[.noticeNoMaterials], note: nil)))
        }
        nodes.append(Node("details", .heading(words[.noticeDetails])))
        nodes += readable.conditions(of: matter).map { id, label, value in
            Node(id, .row(label: label, value: value, change: nil))
        }
        if matter.reviewed == nil {
            nodes.append(Node("unreviewed", .paragraph(words[.noticeUnreviewed])))
        }
        let hasForm = matter.pages.contains { !$0.fields.isEmpty }
        return PageBody(
            id: "notice", title: words[.noticeTitle], nodes: nodes,
            actions: [.primary("next", words[.agree], .next)]
                + (matter.materials.isEmpty ? [] : open(.checklist, .openChecklist, key: "l"))
                + (hasForm ? open(.sampleForm, .openSample, key: "s") : []) + open(.guide, .openGuide, key: "g"))
    }

    /// A statement of a shared section: agreed to or not, before the flow goes on.
    func consent(_ id: String) -> PageBody {
        let consent = flow.matter.consents.first { $0.id == id }
        return PageBody(
            id: "consent.\(id)", title: consent?.title[language] ?? words[.noticeTitle],
            nodes: [
                Node(
                    "statement",
                    .notice(
                        .neutral, title: words[.consentTitle],
                        text: consent?.statement[language] ?? words[.notFilledIn])),
                Node("consent.next", .paragraph(words[.consentText])),
            ],
            actions: [
                .primary("agree", words[.consentAgree], .agree),
                Action(id: "disagree", label: words[.consentDisagree], event: .disagree),
            ])
    }

    var identify: PageBody {
        let asked = AskedCard(flow.matter.cards)
        return switch asked {
        case .identityCard:
            cardPage(
                id: "identify", title: .identifyTitle, waiting: (.identifyWaitingTitle, .identifyWaitingText),
                card: flow.holder)
        case .socialSecurityCard:
            cardPage(
                id: "identify", title: .identifyChipTitle, picture: .cardInSlot, asked: asked,
                waiting: (.identifyChipWaitingTitle, .identifyChipWaitingText),
                working: (.readingAnyTitle, .readingAnyText), done: (.readAnyTitle, .readAnyText), card: flow.holder)
        case .either:
            cardPage(
                id: "identify", title: .identifyEitherTitle, picture: .eitherCard, asked: asked,
                waiting: (.identifyEitherWaitingTitle, .identifyEitherWaitingText),
                working: (.readingAnyTitle, .readingAnyText), done: (.readAnyTitle, .readAnyText), card: flow.holder)
        }
    }

    var principalCard: PageBody {
        cardPage(
            id: "principal-card", title: .principalTitle, waiting: (.principalWaitingTitle, .principalWaitingText),
            card: flow.principal)
    }

    private func cardPage(
        id: String, title: Phrase, picture: Node.DevicePicture = .cardOnReader, asked: AskedCard = .identityCard,
        waiting: (Phrase, Phrase), working: (Phrase, Phrase) = (.readingTitle, .readingText),
        done: (Phrase, Phrase) = (.readTitle, .readText),
        card: IdentityCard?
    ) -> PageBody {
        if let card, flow.device.fault == nil, flow.device != .waiting, flow.device != .working {
            return PageBody(
                id: id, title: words[title],
                nodes: [
                    Node(
                        "device",
                        .device(picture, .done, title: words[done.0], text: words[done.1]))
                ] + cardRows(card), actions: [next])
        }
        return PageBody(
            id: id, title: words[title],
            nodes: device(picture, asked: asked, waiting: waiting, working: working, done: done),
            actions: flow.device.fault == nil ? [] : [retry] + handOver)
    }

    private func cardRows(_ card: IdentityCard) -> [Node] {
        let facts: [(String, Phrase, String?)] = [
            ("kind", .rowCardKind, flow.matter.cards.count > 1 ? card.kind.title[language] : nil),
            ("name", .rowName, card.name), ("sex", .rowSex, readable.sex(card.sex)),
            ("nation", .rowNation, readable.nation(card.nationCode)),
            ("birth-date", .rowBirthDate, readable.date(card.birthDate)),
            ("number", .rowNumber, CitizenNumber.masked(card.number)),
        ]
        return facts.compactMap { id, label, value in
            value.map { Node("card.\(id)", .row(label: words[label], value: $0, change: nil)) }
        }
    }

    var agent: PageBody {
        func option(_ id: String, _ label: Phrase, _ actsForOther: Bool) -> Node.Option {
            .init(
                id: id, label: words[label], selected: flow.actsForOther == actsForOther,
                event: .answerAgent(actsForOther: actsForOther))
        }
        return PageBody(
            id: "agent", title: words[.agentTitle],
            nodes: [
                Node(
                    "agent",
                    .choice(
                        label: words[.agentQuestion],
                        options: [
                            option("self", .agentSelf, false), option("other", .agentOther, true),
                        ], multiple: false, required: true, error: nil)),
                Node("agent.hint", .paragraph(words[.agentHint])),
            ],
            actions: [
                .primary(next.id, next.label, flow.actsForOther == nil ? nil : next.event)
            ])
    }
}

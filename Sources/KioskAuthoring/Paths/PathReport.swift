/// The ways through a matter as text that a civil servant can read against the regulation.

public import KioskCore

public struct PathReport {
    private let matter: Matter
    private let library: MatterLibrary
    private let language: Language
    private let outline: MatterOutline
    private let phrases: ConditionPhrases

    /// `library` must hold the matter.
    public init(_ matter: Matter, in library: MatterLibrary, language: Language) {
        self.matter = matter
        self.library = library
        self.language = language
        outline = MatterOutline(matter)
        phrases = ConditionPhrases(matter)
    }

    /// The whole report; the ways at its end are those of the scenarios.
    public func text(_ scenarios: [Scenario]) -> String {
        var lines = ["\(matter.code)  \(matter.title[language])", matter.summary[language], ""]
        lines += section("先后顺序", "In order", order())
        lines += section("哪些回答会改变什么", "Answers that change something", effects())
        lines += section("不会改变什么的回答", "Answers that change nothing", idle())
        lines += section("要交的材料", "Papers", papers())
        lines += section("提示", "Notes", outline.notes.map { "· \($0.text[language])" + when($0.when) })
        lines += section("办不成的情况", "Where it stops", exits())
        lines += section("走得到的各种办法", "Ways that were walked", ways(scenarios))
        return lines.joined(separator: "\n")
    }

    private func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }

    private func section(_ zh: String, _ en: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [word("【\(zh)】", en)] + lines.map { "  " + $0 } + [""]
    }

    private func when(_ condition: Condition?) -> String {
        guard let condition else { return "" }
        let phrase = phrases.phrase(for: condition)[language]
        return word("（当\(phrase)）", " (when \(phrase))")
    }

    private func quoted(_ text: Localized) -> String { "“\(text[language])”" }

    // MARK: Parts

    private func order() -> [String] {
        outline.stops.enumerated().flatMap { index, stop -> [String] in
            let head = "\(index + 1). \(stop.title[language])\(when(stop.when))"
            guard stop.kind == .page else { return [head] }
            let fields = stop.items.map { item in
                item.title[language] + (item.note.map { word("（", " (") + $0[language] + word("）", ")") } ?? "")
                    + item.when.map(when).joined()
            }
            return [head, "     " + fields.joined(separator: word("、", "; "))]
        }
    }

    private func papers() -> [String] {
        matter.materials.map { material in
            let needs = matter.rules.compactMap { $0.action == .need(material.key) ? $0.when : nil }
            let words = needs.map { phrases.phrase(for: $0)[language] }
            switch material.mark {
            case .required: return word("每次：", "always: ") + material.title[language]
            case .deferrable: return word("可以后补：", "may follow: ") + material.title[language]
            case .conditional:
                return word("有时：", "sometimes: ") + material.title[language]
                    + word("（当", " (when ") + words.joined(separator: word("；或者", "; or ")) + word("）", ")")
            }
        }
    }

    private func exits() -> [String] {
        outline.stops.flatMap { stop in
            stop.exits.map { exit in
                let kind = exit.isRejection ? word("不能办", "rejected") : word("转窗口", "window")
                let cause = exit.when.map { phrases.phrase(for: $0)[language] } ?? word("不同意", "refused")
                return word(
                    "\(kind)：\(cause)。在“\(stop.title.zh)”之后得知：“\(exit.text.zh)”",
                    "\(kind): \(cause). Learned after “\(stop.title.en)”: “\(exit.text.en)”")
            }
        }
    }

    // MARK: What an answer does

    private struct Effect {
        var condition: Condition
        var words: String
    }

    private func allEffects() -> [Effect] {
        var effects: [Effect] = []
        for page in matter.pages {
            if let when = page.when {
                effects.append(Effect(condition: when, words: word("多一页", "page ") + quoted(page.title)))
            }
            for field in page.fields {
                if let when = field.when {
                    effects.append(Effect(condition: when, words: word("要填", "field ") + quoted(field.label)))
                }
                for check in field.checks {
                    effects.append(Effect(condition: check.holds, words: word("核对", "check of ") + quoted(field.label)))
                }
                if let value = field.value {
                    effects.append(Effect(condition: value, words: word("算出", "computes ") + quoted(field.label)))
                }
            }
        }
        for rule in matter.rules {
            guard let when = rule.when else { continue }
            switch rule.action {
            case .need(let key):
                let title = matter.material(key)?.title ?? Localized(zh: key, en: key)
                effects.append(Effect(condition: when, words: word("要交", "paper ") + quoted(title)))
            case .reject(let text):
                effects.append(Effect(condition: when, words: word("不能办：", "rejected: ") + text[language]))
            case .window(let text):
                effects.append(Effect(condition: when, words: word("转窗口：", "window: ") + text[language]))
            case .note(let text): effects.append(Effect(condition: when, words: word("提示：", "note: ") + text[language]))
            }
        }
        if let payment = matter.payment {
            effects.append(Effect(condition: payment.amount, words: word("缴费金额", "the amount to pay")))
        }
        return effects
    }

    /// Names a condition depends on, also through named conditions.
    private func names(_ condition: Condition, depth: Int = 0) -> Set<String> {
        condition.names.reduce(into: []) { found, use in
            if let named = matter.conditions[use.name], depth < 16 {
                found.formUnion(names(named, depth: depth + 1))
            } else {
                found.insert(use.name)
            }
        }
    }

    private func effects() -> [String] {
        let all = allEffects()
        return matter.fields.flatMap { field -> [String] in
            let mine = all.filter { names($0.condition).contains(field.key) }
            guard !mine.isEmpty else { return [] }
            return [field.label[language]] + choices(field, mine).map { "  " + $0 }
        }
    }

    /// A line for each group of options that do the same; for other fields a line for each effect.
    private func choices(_ field: Field, _ effects: [Effect]) -> [String] {
        let options: [(label: String, value: PartialValue.Known)]
        switch field.kind {
        case .choice(let all): options = all.map { ($0.label[language], .choice($0.key)) }
        case .multi(let all): options = all.map { ($0.label[language], .only($0.key)) }
        case .flag: options = [(word("是", "Yes"), .flag(true)), (word("否", "No"), .flag(false))]
        default:
            return effects.map { effect in
                "\(effect.words)" + word("（看：", " (") + phrases.phrase(for: effect.condition)[language] + word("）", ")")
            }
        }
        var groups: [(labels: [String], words: [String])] = []
        for option in options {
            let partial = PartialValue(field: field.key, known: option.value, conditions: matter.conditions)
            let words = effects.compactMap { effect -> String? in
                switch partial.value(of: effect.condition) {
                case false?: nil
                case true?: effect.words
                case nil:
                    effect.words + word("（还要看：", " (if also: ") + phrases.phrase(for: effect.condition)[language]
                        + word("）", ")")
                }
            }
            if let same = groups.firstIndex(where: { $0.words == words }) {
                groups[same].labels.append(option.label)
            } else {
                groups.append(([option.label], words))
            }
        }
        return groups.map { group in
            let result =
                group.words.isEmpty ? word("不变", "nothing changes") : group.words.joined(separator: word("；", "; "))
            return group.labels.joined(separator: word("、", ", ")) + " → " + result
        }
    }

    /// Choices that lead nowhere else: they are only written down.
    private func idle() -> [String] {
        let used = allEffects().reduce(into: Set<String>()) { $0.formUnion(names($1.condition)) }
        let labels = matter.fields.filter { !used.contains($0.key) && $0.value == nil }.map { $0.label[language] }
        return labels.isEmpty ? [] : [labels.joined(separator: word("、", "; "))]
    }

    // MARK: Ways

    private struct Way: Hashable {
        var pages: [String]
        var papers: [String]
        var end: String
    }

    private func ways(_ scenarios: [Scenario]) -> [String] {
        var ways: [Way] = []
        for scenario in scenarios {
            var journey = Journey(matter, in: library, scenario: scenario)
            var papers: [String] = []
            var reasons: [Localized] = []
            journey.run { state, plan in
                guard let flow = state.flow, !flow.handsOver else { return }
                if !flow.outcome.isEmpty { reasons = flow.outcome }
                papers = plan().materials.filter { $0.isNeeded && $0.material.isPhotographed }
                    .map { $0.material.title[language] }
            }
            let stops = reasons.map { $0[language] }.joined(separator: word("；", "; "))
            let end = journey.outcome.map { Self.words(for: $0)[language] } ?? journey.stuck?.reason ?? ""
            let way = Way(
                pages: journey.trail.pages.compactMap { matter.page($0)?.title[language] },
                papers: reasons.isEmpty ? papers : [], end: end + (stops.isEmpty ? "" : word("：", ": ") + stops))
            if !ways.contains(way) { ways.append(way) }
        }
        // What every way has says nothing about any of them.
        let common = ways.dropFirst().reduce(Set(ways.first?.pages ?? [])) { $0.intersection($1.pages) }
        return ways.enumerated().flatMap { index, way -> [String] in
            let own = way.pages.filter { !common.contains($0) }
            let pages = own.isEmpty ? word("（没有另外的页）", "(no other pages)") : own.joined(separator: word("、", ", "))
            var lines = ["\(index + 1). \(way.end)", "     " + word("另有的页：", "pages: ") + pages]
            if !way.papers.isEmpty {
                lines.append("     " + word("材料：", "papers: ") + way.papers.joined(separator: word("、", ", ")))
            }
            return lines
        }
    }

    /// How a walk ended, in words.
    public static func words(for outcome: WalkOutcome) -> Localized {
        switch outcome {
        case .submitted: Localized(zh: "提交成功", en: "Submitted")
        case .printed: Localized(zh: "打印完成", en: "Printed")
        case .rejected: Localized(zh: "不能办", en: "Rejected")
        case .handedOver, .window: Localized(zh: "转窗口", en: "To a window")
        case .finished: Localized(zh: "结束，没有纸质结果", en: "Ended without paper")
        case .givenUp: Localized(zh: "设备故障，放弃", en: "Given up at a fault")
        }
    }
}

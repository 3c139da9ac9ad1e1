/// Shows a matter page by page as plain text, as a citizen with given answers meets it.

public import KioskCore

public struct MatterPreview {
    /// One page of the preview.
    public struct Page: Sendable {
        public var text: String
    }

    /// The pages of one walk, filled in as the scenario says. `library` must hold the matter.
    public static func pages(
        of matter: Matter, in library: MatterLibrary, scenario: Scenario, language: Language
    ) -> [Page] {
        var journey = Journey(matter, in: library, scenario: scenario)
        var pages: [Page] = []
        journey.run { state, plan in
            guard let flow = state.flow else { return }
            let renderer = PreviewRenderer(flow: flow, plan: plan(), language: language, today: scenario.today)
            pages.append(Page(text: renderer.text(number: pages.count + 1)))
        }
        if let stuck = journey.stuck {
            pages.append(Page(text: PreviewRenderer.end(stuck.reason, language)))
        } else if let outcome = journey.outcome {
            pages.append(Page(text: PreviewRenderer.end(PathReport.words(for: outcome)[language], language)))
        }
        return pages
    }
}

/// One page as text: what stands on it, not how the terminal draws it.
private struct PreviewRenderer {
    let flow: FlowState
    let plan: FlowPlan
    let language: Language
    let today: CalendarDate

    private var matter: Matter { flow.matter }

    private func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }

    static func end(_ text: String, _ language: Language) -> String {
        rule + "\n" + (language == .zh ? "结束：" : "End: ") + text
    }

    private static let rule = String(repeating: "─", count: 60)

    func text(number: Int) -> String {
        let (title, lines) = content()
        let place = plan.progress.map { word("第 \($0.step) 步，共 \($0.of) 步", "step \($0.step) of \($0.of)") } ?? ""
        return ([Self.rule, "[\(number)] \(title)   \(place)"] + lines.map { "    " + $0 }).joined(separator: "\n")
    }

    private func content() -> (title: String, lines: [String]) {
        switch flow.step {
        case .notice: (matter.title[language], notice())
        case .consent(let id): consent(id)
        case .identify: (identify(), fault())
        case .agent:
            (
                word("替自己办，还是替别人办？", "For yourself or for someone else?"),
                [word("○ 本人办  ○ 替别人办", "( ) For myself  ( ) For someone else")]
            )
        case .principalCard: (word("请放被代办人的身份证", "Put the other person's ID card on the reader"), fault())
        case .confirmHolder:
            (
                word("核对本人", "Is the card yours?"),
                [
                    word(
                        "有人脸核对的机器请看摄像头；没有的由工作人员核对。",
                        "Look at the camera where the terminal compares faces; elsewhere staff confirm.")
                ] + fault()
            )
        case .form(let id), .list(let id): form(id)
        case .capture(let slot): capture(slot)
        case .lookup: (word("正在查询", "Looking up"), fault())
        case .preview: (word("查到的内容", "The record"), record())
        case .guide: (word("请选要打印的事项", "Choose the matter to print"), [])
        case .payment: (word("请扫码缴费", "Scan to pay"), payment())
        case .review: (word("请核对", "Check your answers"), review())
        case .sign:
            (
                word("签名", "Sign"),
                [
                    SessionEngine.statement(for: flow, today: today)[language],
                    word("身份证号码后四位：____", "Last four characters of your ID number: ____"),
                ]
            )
        case .submit: (word("正在提交", "Submitting"), [])
        case .print: (word("办好了，正在打印", "Done, printing"), notes() + fault())
        case .rating: (word("请评价", "Please rate the service"), ["★★★★★"])
        case .finish: (word("谢谢，请带好证件和材料", "Thank you. Take your cards and papers"), [])
        case .rejected: (word("现在不能办", "This cannot be done now"), flow.outcome.map { $0[language] })
        case .window: (word("请到人工窗口", "Please go to a staffed window"), flow.outcome.map { $0[language] })
        }
    }

    private func identify() -> String {
        switch (matter.cards.contains(.identityCard), matter.cards.contains(.socialSecurityCard)) {
        case (true, true):
            word(
                "请把身份证放在读卡区，或把社保卡插进卡槽",
                "ID card on the reader, or social security card into the slot")
        case (false, true): word("请把社保卡插进卡槽", "Put your social security card into the slot")
        default: word("请把身份证放在读卡区", "Put your ID card on the reader")
        }
    }

    private func fault() -> [String] {
        flow.fault.map { [word("故障：", "Fault: ") + $0.kind.rawValue] } ?? []
    }

    private func notice() -> [String] {
        var lines = [matter.summary[language]]
        lines.append(
            word("时限：", "Takes: ")
                + (matter.workdays == 0
                    ? word("当场办结", "done on the spot")
                    : word("\(matter.workdays) 个工作日", "\(matter.workdays) working days")))
        lines.append(word("收费：", "Fee: ") + (matter.fee == 0 ? word("不收费", "free") : "\(Double(matter.fee) / 100)"))
        if let basis = matter.basis { lines.append(word("依据：", "Basis: ") + basis[language]) }
        for material in matter.materials {
            lines.append("\(material.mark.rawValue) \(material.title[language])")
        }
        for question in matter.questions {
            lines += [word("问：", "Q: ") + question.question[language], word("答：", "A: ") + question.answer[language]]
        }
        return lines
    }

    private func consent(_ id: String) -> (title: String, lines: [String]) {
        guard let consent = matter.consents.first(where: { $0.id == id }) else { return ("", []) }
        return (
            consent.title[language],
            [consent.statement[language], word("○ 同意  ○ 不同意", "( ) I agree  ( ) I do not agree")]
        )
    }

    private func form(_ id: String) -> (title: String, lines: [String]) {
        guard let page = matter.page(id) else { return ("", []) }
        var lines = page.hint.map { [$0[language]] } ?? []
        for field in plan.fields(of: page) { lines += self.lines(field) }
        for problem in flow.problems { lines.append("! \(problem.field): \(problem.reason)") }
        return (page.title[language], lines)
    }

    private func lines(_ field: Field) -> [String] {
        let answer = plan.answer(to: field)
        let optional = field.required || field.value != nil ? "" : word("（可不填）", " (may stay empty)")
        let label = field.label[language] + optional
        var lines: [String]
        switch (field.kind, answer) {
        case (.choice(let options), _):
            lines = [label] + options.map { (answer == .choice($0.key) ? "(●) " : "( ) ") + $0.label[language] }
        case (.multi(let options), _):
            var keys: [String] = []
            if case .choices(let chosen) = answer { keys = chosen }
            lines = [label] + options.map { (keys.contains($0.key) ? "[x] " : "[ ] ") + $0.label[language] }
        case (.records(let fields), _):
            let columns = fields.map { $0.label[language] }.joined(separator: word("、", ", "))
            let shown = AnswerText.shown(answer, field: field, language: language)
            lines = ["\(label)（\(columns)）"] + shown.split(separator: "\n").map { "- \($0)" }
        default: lines = ["\(label): \(AnswerText.shown(answer, field: field, language: language))"]
        }
        if let hint = field.hint { lines.append("  " + hint[language]) }
        return lines
    }

    private func capture(_ slot: CaptureSlot) -> (title: String, lines: [String]) {
        let material = plan.material(of: slot)
        let later = material?.mark == .deferrable ? [word("○ 以后补交", "( ) Hand it in later")] : []
        return (
            word("请拍：", "Photograph: ") + (material?.title[language] ?? ""),
            (material?.hint.map { [$0[language]] } ?? []) + later + fault()
        )
    }

    private func record() -> [String] {
        (matter.lookup?.register.facts ?? []).compactMap { fact in
            flow.record?.facts[fact.key].map {
                "\(fact.label[language]): \(AnswerText.shown($0, field: fact, language: language))"
            }
        }
    }

    private func payment() -> [String] {
        let amount = plan.amountDue ?? 0
        return [word("应缴 \(Double(amount) / 100) 元", "\(Double(amount) / 100) yuan")] + fault()
    }

    private func review() -> [String] {
        var lines = matter.pages.flatMap { page in
            plan.fields(of: page).compactMap { field -> String? in
                let shown = AnswerText.shown(plan.answer(to: field), field: field, language: language)
                return shown.isEmpty ? nil : "\(field.label[language]): \(shown)"
            }
        }
        for planned in plan.materials where planned.isNeeded {
            lines.append(word("材料：", "Paper: ") + planned.material.title[language])
        }
        return lines + notes()
    }

    private func notes() -> [String] { plan.notes.map { word("提示：", "Note: ") + $0[language] } }
}

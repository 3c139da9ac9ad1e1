/// An answer that a citizen may give, as terms of the solver: every answer its field's type allows, and none at all.

internal import KioskCore

struct SymbolicField {
    /// Entries of a list that are written out; a list may have more, of which nothing is known.
    static let entries = 3
    private static let maximumEntries = 20

    indirect enum Content {
        case flag(Z3Term)
        /// A text by number; a word of a choice is one of its options.
        case text(Z3Term)
        /// Units of ten to the minus `decimals`.
        case units(Z3Term, decimals: Int)
        /// Days since 1970.
        case day(Z3Term)
        case seconds(Z3Term)
        case multi([(key: String, isChosen: Z3Term)])
        case records(size: Z3Term, entries: [[(field: Field, value: SymbolicField)]])
    }

    let field: Field
    let isAnswered: Z3Term
    let content: Content

    /// A new answer; what its type demands is asserted. A number that is typed has no sign unless `min` allows one; a
    /// number from a register may.
    init(_ field: Field, isTyped: Bool = true, _ translator: inout ConditionTranslator) {
        let z = translator.z
        self.field = field
        isAnswered = z.freshTruth()
        var limits: [Z3Term] = []
        switch field.kind {
        case .flag: content = .flag(z.freshTruth())
        case .choice(let options):
            let term = z.freshNumber()
            let words = options.map { z.number(translator.number(ofText: $0.key)) }
            limits.append(z.or(words.map { z.equal(term, $0) }))
            content = .text(term)
        case .multi(let options):
            let chosen = options.map { option in
                _ = translator.number(ofText: option.key)
                return (option.key, z.freshTruth())
            }
            limits.append(z.or(chosen.map(\.1)))
            content = .multi(chosen.map { (key: $0.0, isChosen: $0.1) })
        case .number, .money:
            let term = z.freshNumber()
            let decimals = field.kind == .money ? 2 : field.decimals
            let least = field.minimum ?? 0
            if field.kind == .money || isTyped && least >= 0 { limits.append(z.atMost(z.number(0), term)) }
            let real = z.asReal(term)
            let scale = "1" + String(repeating: "0", count: decimals)
            for (bound, isLower) in [(field.minimum, true), (field.maximum, false)] {
                guard let bound else { continue }
                let edge = z.product(z.real(ConditionTranslator.decimal(bound)), z.real(scale))
                limits.append(isLower ? z.atMost(edge, real) : z.atMost(real, edge))
            }
            content = .units(term, decimals: decimals)
        case .date, .month:
            let term = z.freshNumber()
            let days = ConditionTranslator.days
            limits += [z.atMost(z.number(days.lowerBound), term), z.atMost(term, z.number(days.upperBound))]
            content = .day(term)
        case .dateTime:
            let term = z.freshNumber()
            let days = ConditionTranslator.days
            limits.append(z.atMost(z.number(days.lowerBound * 86_400), term))
            limits.append(z.atMost(term, z.number(days.upperBound * 86_400)))
            content = .seconds(term)
        case .text, .phone, .address, .idNumber, .creditCode, .bankCard:
            let term = z.freshNumber()
            limits.append(z.atMost(z.number(0), term))
            content = .text(term)
        case .records(let fields):
            let size = z.freshNumber()
            limits += [z.atMost(z.number(1), size), z.atMost(size, z.number(Self.maximumEntries))]
            var entries: [[(field: Field, value: SymbolicField)]] = []
            for _ in 0..<Self.entries {
                entries.append(fields.map { ($0, SymbolicField($0, &translator)) })
            }
            content = .records(size: size, entries: entries)
        }
        for limit in limits { z.assert(limit) }
    }

    /// Whether an answer that is missing is null in conditions; else it is false or an empty list.
    var mayBeNull: Bool {
        switch content {
        case .flag: field.required
        case .multi, .records: false
        default: true
        }
    }

    /// The value in conditions when the field is shown or not; what is not answered is empty.
    func value(isShown: Z3Term, _ translator: ConditionTranslator) -> SymbolicValue {
        let z = translator.z
        let isGiven = z.and(isShown, isAnswered)
        func scalar(_ core: SymbolicValue.Core) -> SymbolicValue {
            SymbolicValue(core: core, isNull: z.not(isGiven), fails: z.no)
        }
        switch content {
        case .flag(let flag) where field.required: return scalar(.truth(flag))
        case .flag(let flag): return translator.value(.truth(z.and(isGiven, flag)))
        case .text(let term): return scalar(.text(term))
        case .units(let term, 0) where field.kind != .money: return scalar(.number(term))
        case .units(let term, let decimals):
            let scale = "0." + String(repeating: "0", count: max(0, decimals - 1)) + "1"
            return scalar(.real(z.product(z.asReal(term), z.real(decimals == 0 ? "1" : scale))))
        case .day(let term): return scalar(.time(term, .days))
        case .seconds(let term): return scalar(.time(term, .seconds))
        case .multi(let options):
            let entries = options.map { option in
                let number = translator.knownNumber(ofText: option.key)
                return SymbolicValue.List.Entry(
                    isThere: z.and(isGiven, option.isChosen), value: translator.value(.text(z.number(number))))
            }
            let size = z.sum(entries.map { z.choose($0.isThere, z.number(1), z.number(0)) })
            return translator.value(.list(SymbolicValue.List(entries: entries, size: size, hasMore: z.no)))
        case .records(let size, let entries):
            let count = z.choose(isGiven, size, z.number(0))
            let values = entries.enumerated().map { index, fields in
                SymbolicValue.List.Entry(
                    isThere: z.less(z.number(index), count), value: Self.record(fields, translator))
            }
            let more = z.less(z.number(entries.count), count)
            return translator.value(.list(SymbolicValue.List(entries: values, size: count, hasMore: more)))
        }
    }

    static func record(
        _ fields: [(field: Field, value: SymbolicField)], _ translator: ConditionTranslator
    ) -> SymbolicValue {
        let values = fields.map { ($0.field.key, $0.value.value(isShown: translator.z.yes, translator)) }
        return translator.value(.record(Dictionary(values, uniquingKeysWith: { first, _ in first })))
    }

    // MARK: Reading a model

    /// The answer in the solver's last model; nil for none.
    func answer(_ translator: ConditionTranslator) -> Answer? {
        let z = translator.z
        guard z.isTrue(isAnswered) else { return nil }
        switch content {
        case .flag(let flag): return .flag(z.isTrue(flag))
        case .text(let term):
            guard let number = z.integer(term) else { return field.sampleAnswer() }
            let known = translator.textNames[number]
            if case .choice = field.kind { return known.map(Answer.choice) }
            if let known, case .text = field.kind { return .text(known) }
            return other(number)
        case .units(let term, let decimals):
            guard let units = z.integer(term), units.magnitude < 1_000_000_000_000 else { return field.sampleAnswer() }
            let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
            return .text(Candidates.text(Double(units) / scale, scale: scale))
        case .day(let term):
            guard let number = z.integer(term), ConditionTranslator.days.contains(number) else { return nil }
            let text = CalendarDate(daysSince1970: number).description
            return .text(field.kind == .month ? String(text.prefix(7)) : text)
        case .seconds(let term):
            guard let seconds = z.integer(term) else { return field.sampleAnswer() }
            let days = seconds.quotientRoundedDown(by: 86_400)
            guard ConditionTranslator.days.contains(days) else { return nil }
            let minutes = (seconds - days * 86_400) / 60
            let clock = [minutes / 60, minutes % 60].map { String($0 + 100).dropFirst() }.joined(separator: ":")
            return .text(CalendarDate(daysSince1970: days).description + " " + clock)
        case .multi(let options): return .choices(options.filter { z.isTrue($0.isChosen) }.map(\.key))
        case .records(let size, let entries):
            guard let count = z.integer(size) else { return field.sampleAnswer() }
            let known = entries.prefix(count).map { fields in
                let answers = fields.compactMap { pair in
                    pair.value.answer(translator).map { (pair.field.key, $0) }
                }
                return RecordEntry(answers: Dictionary(answers, uniquingKeysWith: { first, _ in first }))
            }
            let rest = known.last.map { Array(repeating: $0, count: max(0, min(count, 20) - known.count)) } ?? []
            return .records(known + rest)
        }
    }

    /// A text of the field's type that differs from those of other numbers.
    private func other(_ number: Int) -> Answer? {
        switch field.kind {
        case .text: return .text("示例\(number)")
        case .address: return .text("哈尔滨市道里区友谊路\(number % 900 + 1)号")
        case .phone: return .text("1390000" + String(10_000 + abs(number) % 10_000).dropFirst())
        case .idNumber:
            let day = CalendarDate(daysSince1970: 7000 + abs(number) % 3000)
            return .text(Candidates.citizenNumber(born: day, sequence: abs(number)))
        default: return field.sampleAnswer()
        }
    }
}

extension Int {
    fileprivate func quotientRoundedDown(by divisor: Int) -> Int {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}

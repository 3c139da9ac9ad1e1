/// Answers worth trying in a matter: its samples, its options, and values on both sides of every bound that a condition names.

internal import KioskCore

/// One thing that may differ between two scenarios.
enum Variable: Hashable, Comparable {
    case agent, birthDate, isLocal, hasRecord
    case answer(String)
    case fact(String)
}

struct Candidates {
    private let matter: Matter
    private let today: CalendarDate
    private var numbers: [Double] = []
    private var dates: [CalendarDate] = []
    private var texts: [String] = []

    private static let maximumBounds = 12
    private static let maximumCandidates = 40

    init(_ matter: Matter, today: CalendarDate) {
        self.matter = matter
        self.today = today
        var numbers: Set<Double> = []
        for (_, condition) in matter.allConditions {
            var open = [condition.root]
            while let node = open.popLast() {
                if case .literal(let value) = node.form {
                    switch value {
                    case .int(let number): numbers.insert(Double(number))
                    case .double(let number): numbers.insert(number)
                    case .string(let text):
                        if let date = CalendarDate(text) { dates.append(date) } else { texts.append(text) }
                    default: break
                    }
                }
                open += node.children
            }
        }
        self.numbers = Array(numbers.sorted().prefix(Self.maximumBounds))
        texts = Array(Set(texts)).sorted()
    }

    // MARK: The start

    /// A grown-up of Harbin who acts alone and answers with the samples.
    func start() -> Scenario {
        var answers: [String: Answer] = [:]
        for field in matter.fields where field.value == nil { answers[field.key] = candidates(for: field).first ?? nil }
        var start = Scenario(
            actsForOther: false, birthDate: birth(age: 36), isLocal: true, today: today, answers: answers,
            record: record(), goal: "")
        for (key, fact) in start.record ?? [:] { fill(key, with: fact, &start) }
        return start
    }

    /// The citizen leaves what the record fills in.
    private func fill(_ key: String, with answer: Answer, _ scenario: inout Scenario) {
        for field in matter.fields where field.factKey == key && field.takes(answer) {
            scenario.answers[field.key] = answer
        }
    }

    private func record() -> [String: Answer]? {
        matter.lookup.map { lookup in
            Dictionary(
                lookup.register.facts.compactMap { fact in fact.sampleAnswer().map { (fact.key, $0) } },
                uniquingKeysWith: { first, _ in first })
        }
    }

    private func birth(age: Int) -> CalendarDate {
        CalendarDate(year: today.year - age, month: 1, day: 15) ?? today
    }

    // MARK: What may differ

    var variables: [Variable] {
        var all: [Variable] = matter.identity == .none ? [] : [.birthDate, .isLocal]
        if matter.identity == .agentAllowed { all.append(.agent) }
        all += matter.fields.filter { $0.value == nil }.map { .answer($0.key) }
        if let lookup = matter.lookup {
            if !lookup.isRequired { all.append(.hasRecord) }
            all += lookup.register.facts.map { .fact($0.key) }
        }
        return all
    }

    /// Scenarios that differ from the given one in this variable alone.
    func changes(of scenario: Scenario, in variable: Variable) -> [Scenario] {
        func changed(_ change: (inout Scenario) -> Void) -> Scenario {
            var result = scenario
            change(&result)
            return result
        }
        switch variable {
        case .agent: return [changed { $0.actsForOther.toggle() }]
        case .isLocal: return [changed { $0.isLocal.toggle() }]
        case .birthDate:
            let bounds = numbers.filter { (0...120).contains($0) }.flatMap { [Int($0) - 1, Int($0), Int($0) + 1] }
            return (bounds + [10, 17, 20, 70]).filter { (0...120).contains($0) }.map { age in
                changed { $0.birthDate = birth(age: age) }
            }
        case .hasRecord: return [changed { $0.record = $0.record == nil ? record() : nil }]
        case .answer(let key):
            guard let field = matter.field(key) else { return [] }
            return candidates(for: field).map { answer in
                changed {
                    $0.answers[key] = answer
                    if let fact = field.factKey, $0.record != nil { $0.record?[fact] = answer }
                }
            }
        case .fact(let key):
            guard let fact = matter.lookup?.register.facts.first(where: { $0.key == key }) else { return [] }
            return candidates(for: fact).map { answer in
                changed {
                    $0.record = ($0.record ?? record() ?? [:]).merging([key: answer].compactMapValues { $0 }) { $1 }
                    if let answer { fill(key, with: answer, &$0) }
                }
            }
        }
    }

    // MARK: Fields

    /// Good answers of this type, its sample first; nil is no answer at all.
    private func candidates(for field: Field) -> [Answer?] {
        let given = answers(to: field)
        let all = [field.sampleAnswer()].compactMap { $0 } + given
        return Array(all.prefix(Self.maximumCandidates)).map(Optional.init) + (field.required ? [] : [nil])
    }

    private func answers(to field: Field) -> [Answer] {
        switch field.kind {
        case .choice(let options): options.map { .choice($0.key) }
        case .multi(let options):
            options.map { .choices([$0.key]) } + [.choices(options.map(\.key))]
                + (options.count > 2
                    ? options.indices.dropFirst().map { .choices([options[0].key, options[$0].key]) } : [])
        case .flag: [.flag(false), .flag(true)]
        case .number, .money: numbers(for: field).map(Answer.text)
        case .date: days.map { .text($0.description) }
        case .month: days.map { .text(String($0.description.prefix(7))) }
        case .dateTime: days.map { .text($0.description + " 09:30") }
        case .idNumber: [5, 12, 17, 20, 30, 61, 75].map { .text(Self.citizenNumber(born: birth(age: $0))) }
        case .creditCode, .bankCard, .phone: []
        case .text, .address: texts.map(Answer.text)
        case .records(let fields): lists(of: fields)
        }
    }

    private func numbers(for field: Field) -> [String] {
        let scale = (0..<(field.kind == .money ? 2 : field.decimals)).reduce(1.0) { scale, _ in scale * 10 }
        let isWhole = scale == 1
        let bounds = numbers + [field.minimum, field.maximum].compactMap { $0 } + [Double(today.year), 0]
        let steps: [Double] = isWhole ? [-1, 0, 1] : [-1, -1 / scale, 0, 1 / scale, 1]
        var found: [String] = []
        for bound in bounds {
            for step in steps {
                let number = bound + step
                guard number >= field.minimum ?? 0, number <= field.maximum ?? 1e9 else { continue }
                found.append(Self.text(number, scale: scale))
            }
        }
        return found
    }

    static func text(_ number: Double, scale: Double) -> String {
        let units = Int((number * scale).rounded())
        guard scale > 1 else { return "\(units)" }
        let width = Int("\(Int(scale))".count) - 1
        let digits = String(abs(units))
        let padded = String(repeating: "0", count: max(0, width + 1 - digits.count)) + digits
        return (units < 0 ? "-" : "") + padded.dropLast(width) + "." + padded.suffix(width)
    }

    /// Days around today and around the dates that conditions name, near and far.
    private var days: [CalendarDate] {
        let lengths = numbers.filter { $0 == $0.rounded() && (1...40_000).contains($0) }.map { Int($0) }
        let near = [0, -1, 1, -40, 40, -400, 400, -4000, 8000]
        let around =
            near + lengths.flatMap { [-$0, -$0 - 1, -$0 + 1, $0, $0 + 1, $0 - 1] }
            + lengths.filter { $0 <= 100 }.flatMap { [-$0 * 366, $0 * 366, -$0 * 31, $0 * 31] }
        return around.map { today.adding(days: $0) }
            + dates.flatMap { [$0, $0.adding(days: -1), $0.adding(days: 1)] }
    }

    private func lists(of fields: [Field]) -> [Answer] {
        let start = Dictionary(
            fields.compactMap { field in field.sampleAnswer().map { (field.key, $0) } },
            uniquingKeysWith: { first, _ in first })
        var entries: [RecordEntry] = []
        for field in fields {
            for answer in answers(to: field).prefix(Self.maximumBounds) {
                entries.append(RecordEntry(answers: start.merging([field.key: answer]) { $1 }))
            }
        }
        let one = RecordEntry(answers: start)
        let counts = [2, 3] + numbers.filter { (1...20).contains($0) }.map { Int($0) + 1 }
        return entries.map { .records([$0]) }
            + counts.prefix(6).map { .records(Array(repeating: one, count: min($0, 20))) }
            + entries.dropFirst().map { .records([one, $0]) }
            + [.records(Array(entries.prefix(3)))].filter { _ in entries.count > 2 }
    }

    /// An invented citizen number of a place that does not exist.
    static func citizenNumber(born day: CalendarDate, sequence: Int = 1) -> String {
        let digits = day.description.split(separator: "-").joined()
        let tail = String(1000 + abs(sequence) % 900).dropFirst()
        let body = "230199" + digits + tail
        return body + (CitizenNumber.checkCharacter(for: body).map(String.init) ?? "0")
    }
}

/// Records of invented people with unassigned area codes, so that a hall can be tried without anybody's data.

import KioskCore

enum DemoRecords {
    private struct Person {
        var name: String
        var number: String
        var isElder = false
        var isEnterprise = false
    }

    private static let people = [
        Person(name: "张伟民", number: "230199199001010018"),
        Person(name: "王秀兰", number: "230199195203150029", isElder: true),
        Person(name: "李静", number: "230199198506120023"),
        Person(name: "哈尔滨暖阳商贸有限公司", number: "91230199MA00000016", isEnterprise: true),
    ]

    /// The facts' samples, for each person; a public record where the register is asked for nobody's record.
    static func records(of register: Register, uses: [RegisterCatalogue.Use]) -> [StoredRecord] {
        let uses = uses.filter { $0.register == register.name }
        let hasCode = register.facts.contains { $0.kind == .creditCode }
        var records: [StoredRecord] = []
        for person in people where !person.isEnterprise || hasCode {
            let samples = samples(of: register)
            let facts = facts(of: register, for: person)
            records.append(StoredRecord(number: person.number, name: person.name, isPublic: false, facts: facts))
            // The example beside a field must find something, also where it is not that of the register.
            var known: Set<[String: Answer]> = [facts]
            for use in uses {
                var other = facts
                for key in use.keys where !key.isNumber && facts[key.name] == samples[key.name] {
                    if let sample = key.sample { other[key.name] = .text(sample) }
                }
                guard known.insert(other).inserted, RecordCheck.problem(with: other, of: register) == nil else {
                    continue
                }
                records.append(StoredRecord(number: person.number, name: person.name, isPublic: false, facts: other))
            }
        }
        if uses.contains(where: { $0.isAnonymous && $0.keys.isEmpty || isAboutNobody(register) && !$0.isAnonymous }) {
            records.append(
                StoredRecord(number: "", name: register.title.zh, isPublic: true, facts: samples(of: register)))
        }
        return records
    }

    /// What anybody with a card may ask: free places, queues, prices.
    private static func isAboutNobody(_ register: Register) -> Bool {
        ["appointment-slots", "hall-queue", "property-guide-price"].contains(register.name)
    }

    private static func samples(of register: Register) -> [String: Answer] {
        var facts: [String: Answer] = [:]
        for fact in register.facts { facts[fact.key] = fact.sampleAnswer() }
        return facts
    }

    private static func facts(of register: Register, for person: Person) -> [String: Answer] {
        var facts = samples(of: register)
        for fact in register.facts {
            facts[fact.key] = facts[fact.key].map { own($0, of: fact, for: person) }
        }
        return facts
    }

    private static func own(_ answer: Answer, of fact: Field, for person: Person) -> Answer {
        switch (fact.kind, answer) {
        case (.text, .text("张伟民")) where !person.isEnterprise: .text(person.name)
        case (.idNumber, .text) where fact.sample == nil && !person.isEnterprise: .text(person.number)
        case (.date, _) where fact.key == "birth_date" && !person.isEnterprise:
            CitizenNumber.birthDate(of: person.number).map { .text($0.description) } ?? answer
        // Another state than the others', so that rules show.
        case (.choice(let options), .choice) where fact.key == "state" && person.isElder && options.count > 1:
            .choice(options[1].key)
        default: answer
        }
    }
}

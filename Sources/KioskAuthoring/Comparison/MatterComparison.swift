/// What changes for citizens between two versions of a matters folder.

internal import Dispatch
public import KioskCore
internal import Synchronization

/// One version of a folder, loaded.
public struct MatterVersion: Sendable {
    public var sources: [MatterSource]
    public var result: MatterLoader.Result

    public init(_ sources: [MatterSource]) {
        self.sources = sources
        result = MatterLoader.load(sources) { _ in "" }
    }
}

public struct MatterComparison: Codable, Sendable {
    /// Something that a citizen or a clerk would notice.
    public struct Change: Codable, Hashable, Sendable {
        public enum Kind: String, Codable, Sendable {
            case head, step, page, field, option, paper, rule, condition, consent, payment, lookup, question
        }

        public var kind: Kind
        /// What it is about, as a reader finds it in the file: `page “经营场所”`.
        public var subject: String
        /// Nil for something new.
        public var before: String?
        /// Nil for something that is gone.
        public var after: String?
    }

    public struct ChangedMatter: Codable, Sendable {
        public var code: String
        public var title: Localized
        public var changes: [Change]
        /// Which printed papers read differently: `checklist`, `guide`, `sample form`, `result`.
        public var papers: [String]
        /// Findings of the prover that were not there before.
        public var newFindings: [MatterDiagnostic]
    }

    /// A file that several matters use.
    public struct SharedFile: Codable, Sendable {
        public var path: String
        /// The matters that use it and change.
        public var touches: [String]
        /// Pages, fields, papers and conditions of them that can no longer be reached or decided.
        public var newFindings: Int
        public var changedPapers: Int
    }

    public var added: [String]
    public var removed: [String]
    public var changed: [ChangedMatter]
    public var shared: [SharedFile]
    /// Findings of the loader in the second folder: what cannot be read is not compared.
    public var unreadable: [MatterDiagnostic]

    public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty && unreadable.isEmpty }

    public init(from old: MatterVersion, to new: MatterVersion) {
        let before = Self.byCode(old.result.loaded)
        let after = Self.byCode(new.result.loaded)
        added = after.keys.filter { before[$0] == nil }.sorted()
        removed = before.keys.filter { after[$0] == nil && !new.result.library.unavailable.contains($0) }.sorted()
        unreadable = new.result.diagnostics
        let pairs = after.keys.sorted().compactMap { code -> (LoadedMatter, LoadedMatter)? in
            guard let one = before[code], let two = after[code], one.matter != two.matter else { return nil }
            return (one, two)
        }
        let found = Mutex<[Int: ChangedMatter]>([:])
        DispatchQueue.concurrentPerform(iterations: pairs.count) { index in
            let changed = Self.changed(pairs[index].0, pairs[index].1)
            found.withLock { $0[index] = changed }
        }
        let changed = found.withLock { found in pairs.indices.compactMap { found[$0] } }
        self.changed = changed
        shared = Self.sharedFiles(changed, after, old, new)
    }

    private static func byCode(_ loaded: [LoadedMatter]) -> [String: LoadedMatter] {
        Dictionary(loaded.map { ($0.matter.code, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func changed(_ one: LoadedMatter, _ two: LoadedMatter) -> ChangedMatter {
        // A finding is the same when it says the same: its line may have moved.
        let known = Set(MatterProver.prove([one], threads: 1).findings.map { [$0.file, $0.message] })
        let findings = MatterProver.prove([two], threads: 1).findings.filter { !known.contains([$0.file, $0.message]) }
        return ChangedMatter(
            code: two.matter.code, title: two.matter.title,
            changes: MatterChanges(one.matter, two.matter).all,
            papers: PrintedPapers.changed(one.matter, two.matter),
            newFindings: findings)
    }

    private static func sharedFiles(
        _ changed: [ChangedMatter], _ after: [String: LoadedMatter], _ old: MatterVersion, _ new: MatterVersion
    ) -> [SharedFile] {
        func texts(_ version: MatterVersion) -> [String: String] {
            let shared = version.sources.filter { source in
                ["archetypes/", "sections/", "registers/"].contains { source.path.hasPrefix($0) }
            }
            return Dictionary(shared.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
        }
        let before = texts(old)
        let now = texts(new)
        return now.keys.filter { now[$0] != before[$0] }.sorted().compactMap { path in
            let users = changed.filter { matter in
                guard let loaded = after[matter.code] else { return false }
                let register = loaded.matter.lookup.map { "registers/\($0.register.name).yaml" }
                return loaded.sharedFiles.contains(path) || register == path
            }
            return SharedFile(
                path: path, touches: users.map(\.code), newFindings: users.reduce(0) { $0 + $1.newFindings.count },
                changedPapers: users.reduce(0) { $0 + $1.papers.count })
        }
    }
}

/// Which papers of a matter can read differently.
private enum PrintedPapers {
    static func changed(_ one: Matter, _ two: Matter) -> [String] {
        var changed: [String] = []
        let today = Scenario.usualDay
        if Checklist(FlowState(matter: one), today: today) != Checklist(FlowState(matter: two), today: today) {
            changed.append("checklist")
        }
        if Guide(one) != Guide(two) { changed.append("guide") }
        if sample(one) != sample(two) { changed.append("sample form") }
        if result(one) != result(two) { changed.append("result") }
        return changed
    }

    /// What a guide says.
    private struct Guide: Equatable {
        let texts: [Localized?]
        let numbers: [Int]
        let papers: [Material]
        let questions: [Matter.Question]

        init(_ matter: Matter) {
            texts = [matter.title, matter.department, matter.summary, matter.basis]
            numbers = [matter.workdays, matter.fee]
            papers = matter.materials
            questions = matter.questions
        }
    }

    private static func sample(_ matter: Matter) -> [[Localized]] {
        matter.pages.map { page in
            [page.title]
                + page.fields.flatMap { field -> [Localized] in
                    let answer = field.sampleAnswer()
                    return [
                        field.label,
                        Localized(
                            zh: AnswerText.shown(answer, field: field, language: .zh),
                            en: AnswerText.shown(answer, field: field, language: .en)),
                    ]
                }
        }
    }

    /// What can stand on the receipt or the certificate.
    private static func result(_ matter: Matter) -> [Localized] {
        let facts = matter.lookup?.register.facts ?? []
        let notes = matter.rules.compactMap { rule -> Localized? in
            if case .note(let text) = rule.action { text } else { nil }
        }
        return [matter.title, matter.department] + (matter.fields + facts).flatMap(texts)
            + matter.materials.map(\.title)
            + notes
    }

    private static func texts(of field: Field) -> [Localized] {
        switch field.kind {
        case .choice(let options), .multi(let options): [field.label] + options.map(\.label)
        case .records(let fields): [field.label] + fields.flatMap(texts)
        default: [field.label] + (field.unit.map { [$0] } ?? [])
        }
    }
}

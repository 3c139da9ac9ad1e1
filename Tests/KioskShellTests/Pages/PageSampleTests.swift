// What must hold for every page in every condition and language.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct PageSampleTests {
    static let samples = Language.allCases.flatMap { PageSamples.all(language: $0) }

    private func each(_ check: (PageSample) throws -> Void) rethrows {
        for sample in Self.samples { try check(sample) }
    }

    @Test func `Samples cover every page, and each sample has its own id`() {
        for language in Language.allCases {
            let samples = PageSamples.all(language: language)
            #expect(Set(samples.map(\.id)).count == samples.count)
            let pages = Set(samples.map(\.page.id))
            let wanted = [
                "welcome", "resume", "notice", "identify", "agent", "principal-card", "form.mobile", "form.trade_name",
                "form.premises", "form.insurance", "list.family_members", "entry.family_members",
                "capture.premises_proof", "capture.family_id#1", "capture.premises_photo", "lookup", "preview",
                "review",
                "sign", "submit", "accepted", "issued", "finish", "rejected", "window", "find.search",
                "find.departments", "find.department", "find.audience", "find.audience.matters", "find.events",
                "find.event", "consent.truth", "form.enterprise_usci", "payment", "rating", "handed-over", "guide",
                "guide.events", "guide-paper", "side.checklist", "side.sample", "side.guide",
            ]
            #expect(wanted.filter { !pages.contains($0) } == [])
        }
    }

    @Test func `The sample named like a page is that page`() {
        each { sample in
            if !sample.id.hasPrefix("dialog."), !sample.id.hasPrefix("staff.") {
                #expect(sample.id.hasPrefix(sample.page.id), "\(sample.id) shows \(sample.page.id)")
            }
        }
    }

    @Test func `Samples cover every kind of fault`() {
        let shown = Set(
            Self.samples.compactMap { sample -> Fault.Kind? in
                (sample.state.flow?.device ?? sample.state.resuming)?.fault?.kind
            })
        // Staff stand in for a matcher and for a photograph that is not shown: no page has these faults.
        let never: Set<Fault.Kind> = [.photoUndecoded, .faceMatcherFailed]
        #expect(Fault.Kind.allCases.filter { !shown.contains($0) && !never.contains($0) } == [])
    }

    @Test func `Node ids and action ids are unique on a page`() {
        each { sample in
            let nodes = sample.page.nodes.map(\.id)
            #expect(Set(nodes).count == nodes.count, "\(sample.id): \(nodes)")
            let actions = PageContents.actions(of: sample.page).map(\.id)
            #expect(Set(actions).count == actions.count, "\(sample.id): \(actions)")
            let options = PageContents.options(of: sample.page).map(\.id)
            #expect(Set(options).count == options.count, "\(sample.id): \(options)")
        }
    }

    @Test func `Keys are unique on a page, and letters stay free where people type`() {
        each { sample in
            let keys = PageContents.actions(of: sample.page).compactMap(\.key)
            #expect(Set(keys).count == keys.count, "\(sample.id): \(keys)")
            let types = sample.page.nodes.contains { if case .field = $0.content { true } else { false } }
            if types { #expect(keys.allSatisfy { $0.hasPrefix("F") }, "\(sample.id): \(keys)") }
        }
    }

    @Test func `The bar is whole and in order on every page`() {
        each { sample in
            #expect(
                sample.page.bar.map(\.id) == [
                    "bar.back", "bar.start-over", "bar.staff", "bar.language", "bar.large-text",
                ])
            #expect(sample.page.bar.map(\.key) == ["F1", "F2", "F3", "F4", "F5"])
        }
    }

    @Test func `Nothing on a page is empty or half filled in`() {
        each { sample in
            for text in PageContents.texts(of: sample.page) {
                #expect(!text.isEmpty && !text.contains("{") && !text.contains("}"), "\(sample.id): “\(text)”")
            }
            #expect(!sample.page.nodes.isEmpty)
            #expect(sample.page.nodes.allSatisfy { !$0.speech.isEmpty })
        }
    }

    @Test func `An English page has no Chinese but names and what was typed`() {
        for sample in Self.samples where sample.page.language == .en && sample.page.id != "side.sample" {
            for text in PageContents.texts(of: sample.page) {
                #expect(!text.withoutSampleData.hasChinese, "\(sample.id): “\(text)”")
            }
        }
    }

    @Test func `A Chinese page has no English words`() {
        let codes: Set = ["DL", "QMD", "MKT", "HRS", "MA"]
        for sample in Self.samples where sample.page.language == .zh && sample.page.id != "side.sample" {
            for text in PageContents.texts(of: sample.page) {
                #expect(text.latinWords.filter { !codes.contains($0) } == [], "\(sample.id): “\(text)”")
            }
        }
    }

    @Test func `A page offers the same in both languages`() {
        let chinese = PageSamples.all(language: .zh)
        let english = PageSamples.all(language: .en)
        for (left, right) in zip(chinese, english) {
            #expect(left.page.id == right.page.id)
            #expect(left.page.nodes.map(\.id) == right.page.nodes.map(\.id))
            #expect(left.page.actions.map(\.event) == right.page.actions.map(\.event))
            #expect(left.page.progress == right.page.progress)
        }
    }

    @Test func `No full citizen number stands on a page except where it is typed`() throws {
        let numbers = [SamplePeople.citizen, SamplePeople.spouse, SamplePeople.parent].map(\.number)
        // A sample form shows how a number is written; the number in it belongs to nobody.
        for sample in Self.samples where sample.page.id != "side.sample" {
            let document = try PageContents.document(of: sample.page)
            #expect(numbers.filter(document.contains) == [], "\(sample.id)")
        }
        #expect(numbers.allSatisfy { CitizenNumber.isValid($0) })
    }

    @Test func `What is said aloud never has a full citizen number`() {
        let numbers = [SamplePeople.citizen, SamplePeople.spouse, SamplePeople.parent].map(\.number)
        for sample in Self.samples where sample.page.id != "side.sample" {
            for node in sample.page.nodes {
                #expect(numbers.filter(node.speech.contains) == [], "\(sample.id)")
            }
        }
    }

    @Test func `A page has at most one primary action, and so has a dialog`() {
        each { sample in
            #expect(sample.page.actions.filter { $0.style == .primary }.count <= 1, "\(sample.id)")
            #expect((sample.page.dialog?.actions ?? []).filter { $0.style == .primary }.count <= 1)
        }
    }

    @Test func `Every page can be left by something that can be pressed`() {
        each { sample in
            let ways = PageContents.actions(of: sample.page).filter { action in
                action.event != nil && !["bar.staff", "bar.language", "bar.large-text"].contains(action.id)
            }
            let works = sample.page.nodes.contains {
                if case .device(_, .working, _, _) = $0.content { true } else { false }
            }
            let tiles = sample.page.nodes.contains { if case .tile = $0.content { true } else { false } }
            #expect(!ways.isEmpty || works || tiles, "\(sample.id)")
        }
    }

    @Test func `Inside a flow a page says which step it is`() throws {
        for sample in Self.samples {
            guard let flow = sample.state.flow, flow.step != .rejected, flow.step != .window else {
                #expect(sample.page.progress == nil)
                continue
            }
            let progress = try #require(sample.page.progress, "\(sample.id)")
            #expect(progress.step >= 1 && progress.step <= progress.of)
            #expect(sample.page.matter != nil)
        }
    }

    @Test func `Large text changes the size and nothing else but the bar and what tiles say beside their titles`() {
        func withoutDetails(_ nodes: [Node]) -> [Node] {
            nodes.map { node in
                guard case .tile(let title, _, let event) = node.content else { return node }
                return Node(node.id, .tile(title: title, detail: "", event: event))
            }
        }
        for (standard, large) in zip(
            PageSamples.all(language: .zh), PageSamples.all(language: .zh, textSize: .large))
        {
            #expect(large.page.textSize == .large)
            #expect(withoutDetails(standard.page.nodes) == withoutDetails(large.page.nodes))
            #expect(large.page.bar.last?.event == .setTextSize(.standard))
        }
    }
}

/// Where a way through a matter ends, what it has met by then, and what the search makes of that.

import Foundation
import KioskCore
import Testing

@testable import KioskAuthoring

@Suite("A way through a matter")
struct MatterWalkTests {
    /// The good matter with more fields at the end of the shop's page, and other rules than the last.
    private static func loaded(fields: String = "", rules: String) throws -> LoadedMatter {
        let last = "      - {key: rent, type: money, label: 月租 | Monthly rent, sample: 1500, when: rented}\n"
        let note = "  - {when: area > 500, note: 要消防检查。 | A fire inspection follows.}\n"
        let matter = GoodMatter.matter.replacing(last, with: last + fields).replacing(note, with: rules)
        let sources = GoodMatter.sources.map {
            $0.path == GoodMatter.path ? MatterSource(path: $0.path, text: matter) : $0
        }
        let result = MatterLoader.load(sources) { _ in "" }
        #expect(result.diagnostics.isEmpty)
        return try #require(result.loaded.first)
    }

    private static func walk(_ matter: Matter, _ change: (inout Scenario) -> Void) -> MatterWalk {
        let order = AskingOrder(matter)
        var scenario = ScenarioSearch(matter, order: order, today: MatterProver.today).start
        change(&scenario)
        return MatterWalk(scenario, through: matter, order: order)
    }

    /// The ways that are found, walked.
    private static func walks(_ loaded: LoadedMatter) -> [MatterWalk] {
        let order = AskingOrder(loaded.matter)
        return MatterProver(loaded).scenarios().map { MatterWalk($0, through: loaded.matter, order: order) }
    }

    private static let validTo = "      - {key: valid_to, type: date, label: 有效期 | Valid to, from: record.valid_to}\n"
    private static let expired = "  - {when: valid_to < today, reject: 过期了。 | It has expired.}\n"
    private static let past = Answer.text("2020-01-01")
    private static let future = Answer.text("2030-01-01")

    @Test("what the record fills in decides at the look-up, before the citizen could change it")
    func prefilled() throws {
        let matter = try Self.loaded(fields: Self.validTo, rules: Self.expired).matter
        let early = Self.walk(matter) {
            $0.record?["valid_to"] = Self.past
            $0.answers["valid_to"] = Self.future
        }
        #expect(early.end == .rejected)
        #expect(early.met.contains(.field("permit_no")))
        #expect(!early.met.contains(.field("valid_to")))
        let changed = Self.walk(matter) {
            $0.record?["valid_to"] = Self.future
            $0.answers["valid_to"] = Self.past
        }
        #expect(changed.end == .rejected)
        #expect(changed.met.contains(.field("valid_to")))
        let unknown = Self.walk(matter) {
            $0.record = nil
            $0.answers["valid_to"] = Self.future
        }
        #expect(unknown.end == .finished)
    }

    @Test("what is computed from the record decides at the look-up too")
    func computed() throws {
        let matter = try Self.loaded(
            fields: Self.validTo
                + "      - {key: last_day, type: date, label: 最后 | Last day, value: valid_to.plusDays(30)}\n",
            rules: "  - {when: last_day < today, reject: 过期了。 | It has expired.}\n"
        ).matter
        let walk = Self.walk(matter) { $0.record?["valid_to"] = Self.past }
        #expect(walk.end == .rejected)
        #expect(!walk.met.contains(.field("valid_to")))
    }

    @Test("what is filled in on a page that hides it decides nothing", arguments: [true, false])
    func hidden(isRented: Bool) throws {
        let field = Self.validTo.replacingOccurrences(of: "from:", with: "when: rented, from:")
        let matter = try Self.loaded(fields: field, rules: Self.expired).matter
        let walk = Self.walk(matter) {
            $0.record?["valid_to"] = Self.past
            $0.answers["valid_to"] = Self.past
            $0.answers["right"] = .choice(isRented ? "rent" : "own")
        }
        #expect(walk.met.contains(.field("shop")))
        #expect(walk.end == (isRented ? .rejected : .finished))
    }

    @Test("a date that must agree with the card is found with a record that agrees")
    func agrees() throws {
        let loaded = try Self.loaded(
            fields: Self.validTo,
            rules: """
                  - {when: valid_to != birth_date, window: 日期不一致。 | The dates differ.}
                  - {when: record.state == "valid", note: 还有效。 | It is still valid.}

                """)
        #expect(Self.walks(loaded).contains { $0.end == .finished && $0.met.contains(.rule(4)) })
    }

    @Test("where a rule rejects, a window and a note beside it are not met, and ways without the rejection are found")
    func beside() throws {
        let loaded = try Self.loaded(
            fields: "      - {key: seats, type: number, label: 座位 | Seats, sample: 20}\n",
            rules: """
                  - {when: seats > area, reject: 座位太多。 | Too many seats.}
                  - {when: seats >= 300, window: 请到窗口问。 | Ask at the window.}
                  - {when: seats >= 200, note: 要消防检查。 | A fire inspection follows.}

                """)
        let rejected = Self.walk(loaded.matter) { $0.answers["seats"] = .text("900") }
        #expect(rejected.end == .rejected)
        #expect(rejected.met.isDisjoint(with: [.rule(4), .rule(5)]))
        #expect(rejected.listed.isEmpty)
        let walks = Self.walks(loaded)
        #expect(walks.contains { $0.end == .sentToWindow && $0.met.contains(.rule(4)) })
        #expect(walks.contains { $0.end == .finished && $0.met.contains(.rule(5)) })
    }

    @Test("what can only stand on the list for a window is met there, anything else in a case that goes through")
    func listed() throws {
        let note = "  - {when: rented && area > 500, note: 要消防检查。 | A fire inspection follows.}\n"
        let every = try Self.loaded(rules: "  - {when: rented, window: 请到窗口问。 | Ask at the window.}\n" + note)
        #expect(
            Self.walks(every).contains { $0.end == .sentToWindow && $0.listed.isSuperset(of: [.rule(0), .rule(4)]) })
        let some = try Self.loaded(
            rules: "  - {when: rented && area < 800, window: 请到窗口问。 | Ask at the window.}\n" + note)
        #expect(Self.walks(some).contains { $0.end == .finished && $0.met.isSuperset(of: [.rule(0), .rule(4)]) })
    }
}

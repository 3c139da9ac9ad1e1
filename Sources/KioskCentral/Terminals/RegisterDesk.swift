/// Answers a terminal's question for a record, and remembers each record it issued under a verification code.

import HTTPTypes
import KioskCore

struct RegisterDesk: Sendable {
    static let socialInsurance = "social-insurance"

    /// The choices of the matter's `purpose` field, as the certificate says them.
    private static let purposes: [String: Localized] = [
        "house": Localized(zh: "购房", en: "Buying a home"),
        "hukou": Localized(zh: "落户", en: "Household registration"),
        "school": Localized(zh: "子女入学", en: "School entry of a child"),
        "title": Localized(zh: "职称", en: "Professional title"), "job": Localized(zh: "求职", en: "Job search"),
    ]

    let database: OfficeDatabase
    let now: @Sendable () -> Timestamp

    /// The record that matter HRS-016 prints: paid months of the chosen insurances in the chosen period.
    func lookUp(_ query: RecordQuery, from record: TerminalRecord, terminal: TerminalID) async throws -> OfficeRecord {
        guard query.register == Self.socialInsurance else {
            throw Refusal(.notFound, "unknown-register", "this office keeps no such register")
        }
        guard (1...16).contains(query.matterCode.utf8.count), query.number.utf8.count == 18,
            (1...200).contains(query.name.utf8.count), query.parameters.count <= 64
        else { throw Refusal.malformed("the query has a field of a wrong length") }
        let first = try month("period_from", query, otherwise: Month(count: 0))
        let last = try month("period_to", query, otherwise: Month(count: 9999 * 12 + 11))
        guard first <= last else { throw Refusal.malformed("period_to lies before period_from") }
        let chosen = try insurances(query)
        guard let ranges = try await database.paidRanges(number: query.number, name: query.name) else {
            throw Refusal.notFound("the register has no record of this person")
        }
        let paid = ranges.compactMap { $0.clipped(from: first, to: last) }.filter { chosen.contains($0.insurance) }
        let code = Self.verificationCode()
        let issuedAt = now()
        try await database.keepIssued(
            code: code, register: query.register, matterCode: query.matterCode, terminal: terminal, at: issuedAt)
        return OfficeRecord(
            register: query.register,
            title: Localized(zh: "个人参保证明", en: "Certificate of personal social insurance"),
            issuer: Localized(zh: "人力资源和社会保障局", en: "Human Resources and Social Security Bureau"),
            issuedAt: issuedAt, verificationCode: code, verificationURL: "\(record.publicURL)?code=\(code)",
            lines: lines(query, chosen: chosen, paid: paid), tables: [table(paid)])
    }

    private func lines(_ query: RecordQuery, chosen: [Insurance], paid: [PaidRange]) -> [OfficeRecord.Line] {
        var lines = [
            line(zh: "姓名", en: "Name", query.name),
            line(zh: "公民身份号码", en: "Citizen number", CitizenNumber.masked(query.number)),
        ]
        let first = text("period_from", query)
        let last = text("period_to", query)
        if first != nil || last != nil {
            lines.append(line(zh: "查询期间", en: "Period", "\(first ?? "…") — \(last ?? "…")"))
        }
        if let purpose = text("purpose", query) {
            lines.append(
                OfficeRecord.Line(
                    label: Localized(zh: "用途", en: "Purpose"), value: Self.purposes[purpose] ?? same(purpose)))
        }
        for insurance in chosen {
            let months = paid.filter { $0.insurance == insurance }.reduce(0) { $0 + $1.months }
            lines.append(
                OfficeRecord.Line(
                    label: Localized(zh: "\(insurance.title.zh)缴费月数", en: "\(insurance.title.en), months paid"),
                    value: Localized(zh: "\(months) 个月", en: "\(months)")))
        }
        return lines
    }

    private func table(_ paid: [PaidRange]) -> OfficeRecord.Table {
        OfficeRecord.Table(
            title: Localized(zh: "缴费明细", en: "Contributions"),
            columns: [
                Localized(zh: "险种", en: "Insurance"), Localized(zh: "起始年月", en: "From"),
                Localized(zh: "截止年月", en: "To"), Localized(zh: "月数", en: "Months"),
                Localized(zh: "月缴费基数（元）", en: "Monthly base (yuan)"), Localized(zh: "参保单位", en: "Employer"),
            ],
            rows: paid.map { range in
                [
                    range.insurance.title, same(range.from.description), same(range.to.description),
                    same("\(range.months)"), same(yuan(range.baseFen)), range.employer,
                ]
            })
    }

    private func month(_ key: String, _ query: RecordQuery, otherwise: Month) throws(Refusal) -> Month {
        guard let text = text(key, query) else { return otherwise }
        guard let month = Month(text) else { throw .malformed("\(key) is not YYYY-MM") }
        return month
    }

    /// The insurances asked for; all of them when none is named.
    private func insurances(_ query: RecordQuery) throws(Refusal) -> [Insurance] {
        let keys: [String] =
            switch query.parameters["insurance"] {
            case .choices(let keys): keys
            case .choice(let key), .text(let key): key.isEmpty ? [] : [key]
            case .flag, .records, nil: []
            }
        guard !keys.isEmpty else { return Insurance.allCases }
        var chosen: [Insurance] = []
        for key in keys {
            guard let insurance = Insurance(rawValue: key) else { throw .malformed("unknown insurance") }
            chosen.append(insurance)
        }
        return Insurance.allCases.filter(chosen.contains)
    }

    private func text(_ key: String, _ query: RecordQuery) -> String? {
        switch query.parameters[key] {
        case .text(let text), .choice(let text): text.isEmpty || text.utf8.count > 200 ? nil : text
        case .choices, .flag, .records, nil: nil
        }
    }

    private func line(zh: String, en: String, _ value: String) -> OfficeRecord.Line {
        OfficeRecord.Line(label: Localized(zh: zh, en: en), value: same(value))
    }

    private func same(_ text: String) -> Localized { Localized(zh: text, en: text) }

    private func yuan(_ fen: Int) -> String {
        let cents = fen % 100
        return "\(fen / 100).\(cents < 10 ? "0" : "")\(cents)"
    }

    /// Eighty random bits in Crockford's base 32, in four groups: nobody guesses one.
    private static func verificationCode() -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let letters = randomBytes(16).map { alphabet[Int($0 & 31)] }
        return stride(from: 0, to: 16, by: 4).map { String(letters[$0..<$0 + 4]) }.joined(separator: "-")
    }
}

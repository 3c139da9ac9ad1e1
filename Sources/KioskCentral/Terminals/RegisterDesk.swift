/// Answers a terminal's question for a record, and remembers each record it issued under a verification code.

import HTTPTypes
import KioskCore

struct RegisterDesk: Sendable {
    let database: OfficeDatabase
    let catalogue: RegisterCatalogue
    let provider: any RecordProvider
    let deadline: Deadline
    let now: @Sendable () -> Timestamp

    /// The applicant's own record, or the one that a typed key finds in a matter that reads no card.
    func lookUp(_ query: RecordQuery, from record: TerminalRecord, terminal: TerminalID) async throws -> OfficeRecord {
        guard let use = catalogue.uses[query.matterCode], use.register == query.register,
            let register = catalogue.registers[query.register]
        else { throw Refusal(.unprocessableContent, "unknown-register", "this matter asks no such register here") }
        guard query.parameters.count <= 64 else { throw Refusal.malformed("the query has too many parameters") }
        if use.isAnonymous {
            guard query.number.isEmpty, query.name.isEmpty else {
                throw Refusal.malformed("this matter reads no card; leave number and name empty")
            }
        } else {
            guard CitizenNumber.isValid(query.number), (1...200).contains(query.name.utf8.count) else {
                throw Refusal(.unprocessableContent, "applicant-needed", "this matter needs the applicant's card")
            }
        }
        guard let facts = try await facts(query, use, register) else {
            throw Refusal.notFound("the register has no such record")
        }
        if let problem = RecordCheck.problem(with: facts, of: register) {
            throw Refusal(
                .serviceUnavailable, "unfit-record", "the register answered with a record that does not fit: \(problem)"
            )
        }
        let code = Self.verificationCode()
        let issuedAt = now()
        try await database.keepIssued(
            code: code, register: query.register, matterCode: query.matterCode, terminal: terminal, at: issuedAt)
        return OfficeRecord(
            register: query.register, title: register.title, issuer: use.department, issuedAt: issuedAt,
            verificationCode: code, verificationURL: "\(record.publicURL)?code=\(code)", facts: facts)
    }

    private func facts(
        _ query: RecordQuery, _ use: RegisterCatalogue.Use, _ register: Register
    ) async throws -> [String: Answer]? {
        let provider = provider
        do {
            return try await deadline.run { try await provider.facts(for: query, use: use, register: register) }
        } catch let refusal as Refusal {
            throw refusal
        } catch is Deadline.Missed {
            throw Refusal(
                .serviceUnavailable, "register-silent", "the register did not answer in time; try again later")
        } catch {
            throw Refusal(.serviceUnavailable, "register-failed", "the register failed; try again later")
        }
    }

    /// Eighty random bits in Crockford's base 32, in four groups: nobody guesses one.
    private static func verificationCode() -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let letters = randomBytes(16).map { alphabet[Int($0 & 31)] }
        return stride(from: 0, to: 16, by: 4).map { String(letters[$0..<$0 + 4]) }.joined(separator: "-")
    }
}

/// Answers a session's effects as cards, camera, office, store and printer would, with one of them broken if asked.

internal import KioskCore

struct OutsideWorld {
    let scenario: Scenario
    let failure: WalkFailure
    let register: Register?
    /// The card of the next list entry, when the citizen puts one on the reader.
    var entryCard: IdentityCard?
    private var cards = 0
    private var pictures = 0
    private var comparisons = 0
    private var orders = 0

    init(_ scenario: Scenario, failure: WalkFailure, register: Register?) {
        self.scenario = scenario
        self.failure = failure
        self.register = register
    }

    /// What happens because of an effect.
    mutating func events(after effect: SessionEffect, at now: Timestamp) -> [SessionEvent] {
        switch effect {
        case .readCard(let purpose, _, _, let generation): return card(for: purpose, generation, at: now)
        case .capturePage(let generation):
            guard failure != .noCamera else {
                return [.captureFailed(Fault(.cameraMissing, responsible: .technician), generation: generation)]
            }
            pictures += 1
            return [.pageCaptured(picture(at: now), generation: generation)]
        case .compareHolder(_, let generation): return [comparison(generation)]
        case .confirmHolder(let call, let generation): return [confirmation(of: call, generation, at: now)]
        case .lookUp(let query, let generation): return [record(for: query, generation, at: now)]
        case .pay(let request, let generation): return payment(of: request, generation)
        case .submit(_, let generation):
            let accepted = AcceptedCase(
                caseID: "walk", receiptNumber: "WALK-\(scenario.today)-0001", sequence: 1, acceptedAt: now,
                proof: "0000000000000000")
            return [.accepted(accepted, generation: generation)]
        case .print(_, let generation):
            return failure == .noPrinter
                ? [.printFailed(Fault(.printerMissing, responsible: .hallStaff), generation: generation)]
                : [.printed(generation: generation)]
        case .stopReading, .dropAttachment, .decodePortrait, .rate, .saveDraft, .discardDraft, .callStaff, .wipe:
            return []
        }
    }

    // MARK: Cards

    private mutating func card(
        for purpose: SessionEffect.CardPurpose, _ generation: Int, at now: Timestamp
    ) -> [SessionEvent] {
        cards += 1
        if failure == .noReader || failure == .readerLost && cards > 1 {
            let kind: Fault.Kind = failure == .noReader ? .readerMissing : .readerLost
            return [.cardFailed(Fault(kind, responsible: .technician), generation: generation)]
        }
        var card: IdentityCard
        switch purpose {
        case .holder, .resume: card = scenario.actsForOther ? Self.agent(on: scenario.today) : applicant
        case .principal: card = applicant
        case .entry:
            guard let entryCard else {
                return [
                    .cardFound(generation: generation),
                    .cardFailed(Fault(.cardUnreadable, responsible: .citizen), generation: generation),
                ]
            }
            card = entryCard
        }
        if failure == .cardsRefused { card.expiry = .on(scenario.today.adding(days: -1)) }
        let photo = purpose == .holder ? photoRecord(at: now) : nil
        return [.cardFound(generation: generation), .cardRead(card, photo: photo, generation: generation)]
    }

    private var applicant: IdentityCard {
        Self.card(
            "张伟民", born: scenario.birthDate,
            address: scenario.isLocal ? "哈尔滨市道里区友谊路100号" : "长春市南关区人民大街200号", on: scenario.today)
    }

    private static func agent(on today: CalendarDate) -> IdentityCard {
        let born = CalendarDate(daysSince1970: today.daysSince1970 - 40 * 366)
        return card("李秀兰", born: born, address: "哈尔滨市道外区靖宇街5号", sequence: "002", on: today)
    }

    /// An invented person with an unassigned area code.
    static func card(
        _ name: String, born: CalendarDate, address: String, sequence: String = "001", on today: CalendarDate
    ) -> IdentityCard {
        let body = "230199" + born.description.filter { $0 != "-" } + sequence
        let number = body + (CitizenNumber.checkCharacter(for: body).map(String.init) ?? "")
        return card(name, number: number, born: born, address: address, on: today)
    }

    static func card(
        _ name: String, number: String, born: CalendarDate, address: String, on today: CalendarDate
    ) -> IdentityCard {
        IdentityCard(
            kind: .resident, name: name, sex: .male, nationCode: "01", birthDate: born, address: address,
            number: number, issuer: "哈尔滨市公安局", validFrom: today.adding(days: -365),
            expiry: .on(today.adding(days: 3650)))
    }

    private func photoRecord(at now: Timestamp) -> PageReference {
        PageReference(
            id: "photo", sha256: String(repeating: "0", count: 64), byteCount: 1024,
            mediaType: "application/octet-stream", width: 0, height: 0, takenAt: now, device: "walk")
    }

    // MARK: Holder and card

    /// First no face, then somebody else's, then the holder's.
    private mutating func comparison(_ generation: Int) -> SessionEvent {
        if failure == .noMatcher {
            return .comparisonFailed(Fault(.faceMatcherFailed, responsible: .technician), generation: generation)
        }
        comparisons += 1
        if comparisons == 1 {
            return .comparisonFailed(Fault(.faceNotFound, responsible: .citizen), generation: generation)
        }
        let isSame = comparisons > 2 && failure != .faceDiffers
        return .holderCompared(
            HolderMatch(isSame: isSame, score: isSame ? 0.9 : 0.2, matcher: "walk"), generation: generation)
    }

    private func confirmation(of call: StaffCallRequest, _ generation: Int, at now: Timestamp) -> SessionEvent {
        if failure == .noOffice { return .holderCallFailed(Self.unreachable, generation: generation) }
        let answer = HolderAnswer(
            isHolder: scenario.isHolder && failure != .holderRefused, session: call.session ?? "", by: "walk", at: now)
        return .holderCallChanged(
            StaffCallReply(id: "walk", state: .closed, answer: answer), generation: generation)
    }

    // MARK: Camera

    private func picture(at now: Timestamp) -> PageReference {
        let digest = String(repeating: "0", count: 64)
        return PageReference(
            id: "page-\(pictures)", sha256: digest, byteCount: 250_000, mediaType: "image/jpeg", width: 2592,
            height: 1944, takenAt: now, device: "walk")
    }

    // MARK: Office

    private static let unreachable = Fault(.officeUnreachable, responsible: .technician)

    private func record(for query: RecordQuery, _ generation: Int, at now: Timestamp) -> SessionEvent {
        if failure == .noOffice { return .lookUpFailed(Self.unreachable, generation: generation) }
        guard failure != .noRecord, let facts = scenario.record, let register else {
            return .lookUpFailed(Fault(.recordNotFound, responsible: .citizen), generation: generation)
        }
        return .recordFound(
            OfficeRecord(
                register: register.name, title: register.title,
                issuer: Localized(zh: "哈尔滨市政务服务大厅", en: "Harbin Service Hall"), issuedAt: now,
                verificationCode: "WALK0001", verificationURL: "https://example.invalid/v/WALK0001", facts: facts),
            generation: generation)
    }

    private mutating func payment(of request: PaymentRequest, _ generation: Int) -> [SessionEvent] {
        if failure == .noOffice { return [.paymentFailed(Self.unreachable, generation: generation)] }
        orders += 1
        func order(_ state: PaymentOrder.State) -> SessionEvent {
            let order = PaymentOrder(
                orderID: request.orderID, amount: request.amount, state: state,
                payURL: "https://example.invalid/pay/1", reference: state == .paid ? "WALK-PAID" : nil)
            return .paymentChanged(order, generation: generation)
        }
        switch failure {
        case .neverPaid: return [order(.waiting)]
        case .orderClosed where orders == 1: return [order(.waiting), order(.closed)]
        default: return [order(.waiting), order(.paid)]
        }
    }
}

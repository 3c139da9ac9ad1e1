/// The payment step: one order at the office, shown as a code until it is paid. Never a second order while one may be
/// paid.

extension SessionEngine {
    /// True while a citizen may be paying with a phone and touches nothing here.
    var isPaying: Bool { state.flow?.step == .payment && state.flow?.payment?.state == .waiting }

    mutating func beginPayment() {
        switch state.flow?.payment?.state {
        case .paid: state.flow?.device = .done
        case .pending:
            if state.flow?.fault != nil { requestPayment() }
        case .waiting, nil: requestPayment()
        }
    }

    mutating func checkPayment() {
        guard let flow = state.flow, flow.step == .payment, flow.isPaymentPending, flow.device != .working else {
            return
        }
        requestPayment()
    }

    private mutating func requestPayment() {
        guard let flow = state.flow, let request = paymentRequest(of: flow) else { return }
        state.flow?.orderRequest = request
        state.flow?.device = .working
        state.generation += 1
        effects.append(.pay(request, generation: state.generation))
    }

    /// The order that stands, the last one asked for, or a new one when that one had another amount or was closed.
    private mutating func paymentRequest(of flow: FlowState) -> PaymentRequest? {
        if flow.payment != nil { return flow.orderRequest }
        guard let amount = plan()?.amountDue else { return nil }
        if let last = flow.orderRequest {
            if last.amount == amount, last.orderID == orderID(flow.ordersGivenUp) { return last }
            // Its code was never on the screen: nobody can have paid it.
            if last.amount != amount, last.orderID == orderID(flow.ordersGivenUp) { state.flow?.ordersGivenUp += 1 }
        }
        return PaymentRequest(
            orderID: orderID(state.flow?.ordersGivenUp ?? 0), matterCode: flow.matter.code,
            subject: flow.matter.payment?.subject ?? flow.matter.title, amount: amount)
    }

    private func orderID(_ givenUp: Int) -> String {
        givenUp == 0 ? "\(state.id)-pay" : "\(state.id)-pay-\(givenUp + 1)"
    }

    mutating func paymentChanged(_ order: PaymentOrder, _ generation: Int) {
        guard let flow = state.flow, flow.step == .payment, generation == state.generation,
            let request = flow.orderRequest,
            flow.device == .working || flow.device == .waiting
        else { return }
        guard order.orderID == request.orderID, order.amount == request.amount else {
            paymentFailed(Fault(.officeRefused, responsible: .technician, detail: "another order"), generation)
            return
        }
        switch order.state {
        case .waiting:
            if flow.payment?.state != .waiting { touch() }
            let askedAt = flow.payment?.state == .waiting ? flow.payment?.askedAt : nil
            state.flow?.payment = FlowState.PaymentProgress(order: order, state: .waiting, askedAt: askedAt ?? now)
            state.flow?.device = .waiting
            save()
        case .paid:
            touch()
            state.flow?.payment = FlowState.PaymentProgress(
                order: order, state: .paid, askedAt: flow.payment?.askedAt ?? now)
            state.flow?.device = .done
            advance()
        case .closed:
            touch()
            state.flow?.payment = nil
            state.flow?.ordersGivenUp += 1
            state.flow?.device = .failed(Fault(.paymentClosed, responsible: .citizen))
            state.generation += 1
            save()
        }
    }

    mutating func paymentFailed(_ fault: Fault, _ generation: Int) {
        guard let flow = state.flow, flow.step == .payment, generation == state.generation,
            flow.device == .working || flow.device == .waiting
        else { return }
        touch()
        // An order whose code was on the screen may be paid all the same.
        if flow.payment?.state == .waiting { state.flow?.payment?.state = .pending }
        state.flow?.device = .failed(fault)
        save()
    }

    /// The citizen does not want to wait any longer: the order that stands may still be paid.
    mutating func stopWaitingForPayment() {
        guard isPaying else { return }
        state.flow?.payment?.state = .pending
        state.flow?.device = .idle
        // Whoever follows the order stops by that.
        state.generation += 1
        save()
    }

    mutating func endWaitingForPayment() {
        guard isPaying, let asked = state.flow?.payment?.askedAt, now.seconds(since: asked) >= policy.payWithin else {
            return
        }
        touch()
        stopWaitingForPayment()
    }
}

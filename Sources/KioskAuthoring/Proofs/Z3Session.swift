/// The one wrapper of libz3: a context with its solver, terms, questions and models. No Z3 pointer leaves this folder.

internal import CZ3

/// A term of one session: a truth, a whole number or a real number.
struct Z3Term: Hashable {
    fileprivate let ast: Z3_ast

    fileprivate init?(_ ast: Z3_ast?) {
        guard let ast else { return nil }
        self.ast = ast
    }
}

/// What the solver says of everything that is asserted.
enum Z3Answer {
    case possible, impossible, unknown
}

/// A Z3 context and its solver. Not to be shared between threads; terms of one session mean nothing in another.
final class Z3Session {
    /// Units of work that one question may take: the same on every machine, unlike a time limit.
    private static let workLimit = 400_000

    private let context: Z3_context
    private let solver: Z3_solver
    private let boolSort: Z3_sort
    private let intSort: Z3_sort
    private let realSort: Z3_sort
    let yes: Z3Term
    let no: Z3Term
    private var model: Z3_model?
    private var freshCount = 0
    /// A term could not be made: nothing that rests on it may be believed.
    private var isBroken = false

    /// Nil when the library cannot make a context: out of memory.
    init?() {
        guard let configuration = Z3_mk_config() else { return nil }
        defer { Z3_del_config(configuration) }
        guard let context = Z3_mk_context(configuration) else { return nil }
        // Without a handler of our own the library may end the process on a misuse.
        Z3_set_error_handler(context) { _, _ in }
        // An object that nothing refers to lives only until the next one is made.
        guard let solver = Z3_mk_simple_solver(context) else {
            Z3_del_context(context)
            return nil
        }
        Z3_solver_inc_ref(context, solver)
        if let parameters = Z3_mk_params(context) {
            Z3_params_inc_ref(context, parameters)
            Z3_params_set_uint(context, parameters, Z3_mk_string_symbol(context, "rlimit"), UInt32(Self.workLimit))
            Z3_solver_set_params(context, solver, parameters)
            Z3_params_dec_ref(context, parameters)
        }
        guard let boolSort = Z3_mk_bool_sort(context), let intSort = Z3_mk_int_sort(context),
            let realSort = Z3_mk_real_sort(context), let yes = Z3Term(Z3_mk_true(context)),
            let no = Z3Term(Z3_mk_false(context))
        else {
            Z3_solver_dec_ref(context, solver)
            Z3_del_context(context)
            return nil
        }
        self.context = context
        self.solver = solver
        self.boolSort = boolSort
        self.intSort = intSort
        self.realSort = realSort
        self.yes = yes
        self.no = no
    }

    deinit {
        forgetModel()
        Z3_solver_dec_ref(context, solver)
        Z3_del_context(context)
    }

    /// The made term. When the library could not make one, the session answers no question any more.
    private func term(_ ast: Z3_ast?) -> Z3Term {
        if let term = Z3Term(ast) { return term }
        isBroken = true
        return yes
    }

    // MARK: Leaves

    func truth(_ value: Bool) -> Z3Term { value ? yes : no }

    func number(_ value: Int) -> Z3Term { term(Z3_mk_int64(context, Int64(value), intSort)) }

    /// A decimal number as written: `60.5`, `-3`.
    func real(_ decimal: String) -> Z3Term { term(Z3_mk_numeral(context, decimal, realSort)) }

    func freshTruth() -> Z3Term { fresh(boolSort) }
    func freshNumber() -> Z3Term { fresh(intSort) }
    func freshReal() -> Z3Term { fresh(realSort) }

    private func fresh(_ sort: Z3_sort) -> Z3Term {
        freshCount += 1
        return term(Z3_mk_const(context, Z3_mk_int_symbol(context, Int32(clamping: freshCount)), sort))
    }

    // MARK: Truths

    func not(_ term: Z3Term) -> Z3Term {
        if term == yes { return no }
        if term == no { return yes }
        return self.term(Z3_mk_not(context, term.ast))
    }

    func and(_ terms: [Z3Term]) -> Z3Term {
        if terms.contains(no) { return no }
        let open = terms.filter { $0 != yes }
        guard open.count > 1 else { return open.first ?? yes }
        return open.map { Optional($0.ast) }.withUnsafeBufferPointer { buffer in
            term(Z3_mk_and(context, UInt32(buffer.count), buffer.baseAddress))
        }
    }

    func or(_ terms: [Z3Term]) -> Z3Term {
        if terms.contains(yes) { return yes }
        let open = terms.filter { $0 != no }
        guard open.count > 1 else { return open.first ?? no }
        return open.map { Optional($0.ast) }.withUnsafeBufferPointer { buffer in
            term(Z3_mk_or(context, UInt32(buffer.count), buffer.baseAddress))
        }
    }

    func and(_ first: Z3Term, _ second: Z3Term) -> Z3Term { and([first, second]) }
    func or(_ first: Z3Term, _ second: Z3Term) -> Z3Term { or([first, second]) }
    func implies(_ first: Z3Term, _ second: Z3Term) -> Z3Term { or([not(first), second]) }

    func choose(_ condition: Z3Term, _ first: Z3Term, _ second: Z3Term) -> Z3Term {
        if condition == yes || first == second { return first }
        if condition == no { return second }
        return term(Z3_mk_ite(context, condition.ast, first.ast, second.ast))
    }

    // MARK: Numbers

    func equal(_ first: Z3Term, _ second: Z3Term) -> Z3Term {
        first == second ? yes : term(Z3_mk_eq(context, first.ast, second.ast))
    }

    func less(_ first: Z3Term, _ second: Z3Term) -> Z3Term { term(Z3_mk_lt(context, first.ast, second.ast)) }

    func atMost(_ first: Z3Term, _ second: Z3Term) -> Z3Term { term(Z3_mk_le(context, first.ast, second.ast)) }

    func sum(_ terms: [Z3Term]) -> Z3Term {
        guard terms.count > 1 else { return terms.first ?? number(0) }
        return terms.map { Optional($0.ast) }.withUnsafeBufferPointer { buffer in
            term(Z3_mk_add(context, UInt32(buffer.count), buffer.baseAddress))
        }
    }

    func difference(_ first: Z3Term, _ second: Z3Term) -> Z3Term {
        [first, second].map { Optional($0.ast) }.withUnsafeBufferPointer { buffer in
            term(Z3_mk_sub(context, UInt32(buffer.count), buffer.baseAddress))
        }
    }

    func product(_ first: Z3Term, _ second: Z3Term) -> Z3Term {
        [first, second].map { Optional($0.ast) }.withUnsafeBufferPointer { buffer in
            term(Z3_mk_mul(context, UInt32(buffer.count), buffer.baseAddress))
        }
    }

    /// The quotient of whole numbers, rounded down; the divisor must be above nothing.
    func quotient(_ number: Z3Term, by divisor: Int) -> Z3Term {
        term(Z3_mk_div(context, number.ast, self.number(divisor).ast))
    }

    func asReal(_ term: Z3Term) -> Z3Term { self.term(Z3_mk_int2real(context, term.ast)) }

    // MARK: Questions

    func assert(_ term: Z3Term) {
        if term != yes { Z3_solver_assert(context, solver, term.ast) }
    }

    /// Forgets everything that was asserted.
    func reset() {
        forgetModel()
        Z3_solver_reset(context, solver)
    }

    /// Whether everything asserted can hold together with these. Keeps the model of a possible answer until the next question.
    func ask(_ terms: [Z3Term]) -> Z3Answer {
        forgetModel()
        guard !isBroken else { return .unknown }
        Z3_solver_push(context, solver)
        defer { Z3_solver_pop(context, solver, 1) }
        for term in terms { assert(term) }
        switch Z3_solver_check(context, solver) {
        case Z3_L_TRUE:
            model = Z3_solver_get_model(context, solver)
            if let model { Z3_model_inc_ref(context, model) }
            return .possible
        case Z3_L_FALSE: return .impossible
        default: return .unknown
        }
    }

    private func forgetModel() {
        if let model { Z3_model_dec_ref(context, model) }
        model = nil
    }

    // MARK: The model

    private func value(of term: Z3Term) -> Z3_ast? {
        guard let model else { return nil }
        var value: Z3_ast?
        return Z3_model_eval(context, model, term.ast, true, &value) ? value : nil
    }

    /// Whether the term holds in the last possible answer.
    func isTrue(_ term: Z3Term) -> Bool {
        value(of: term).map { Z3_get_bool_value(context, $0) == Z3_L_TRUE } ?? false
    }

    /// The whole number that the term is in the last possible answer.
    func integer(_ term: Z3Term) -> Int? {
        guard let value = value(of: term) else { return nil }
        var number: Int64 = 0
        return Z3_get_numeral_int64(context, value, &number) ? Int(number) : nil
    }
}

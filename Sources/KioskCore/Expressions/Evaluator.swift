/// Evaluates a program: total, without side effects, within a budget of steps.

struct ExpressionEvaluator {
    static let stepLimit = 50_000

    private let program: ExpressionProgram
    /// The value of a name; nil when there is none.
    private let lookUp: (String) -> ExpressionValue?
    private var locals: [ExpressionValue] = []
    private var steps = 0

    init(_ program: ExpressionProgram, lookUp: @escaping (String) -> ExpressionValue?) {
        self.program = program
        self.lookUp = lookUp
    }

    mutating func evaluate() throws(ExpressionError) -> ExpressionValue { try evaluate(program.root) }

    private mutating func evaluate(_ number: Int32) throws(ExpressionError) -> ExpressionValue {
        let step = program.steps[Int(number)]
        let offset = Int(step.offset)
        try charge(1, at: offset)
        switch step.work {
        case .literal(let number): return program.literals[Int(number)]
        case .local(let slot): return locals[Int(slot)]
        case .name(let number):
            let name = program.names[Int(number)]
            guard let value = lookUp(name) else {
                throw ExpressionError(.unknownName, "no field or fact is named “\(name)”", at: offset)
            }
            return value
        case .qualifiedName(let number): return try value(of: program.qualifiedNames[Int(number)], at: offset)
        case .select(let target, let field):
            return try select(program.names[Int(field)], of: try evaluate(target), at: offset)
        case .has(let target, let field):
            guard case .map(let entries) = try evaluate(target) else {
                throw ExpressionError(.noSuchOverload, "has() needs a record", at: offset)
            }
            return .bool(entries[.string(program.names[Int(field)])] != nil)
        case .index(let target, let index):
            return try element(of: try evaluate(target), at: try evaluate(index), offset: offset)
        case .list(let parts): return .list(try values(of: parts))
        case .map(let parts): return try map(parts, at: offset)
        case .standard(let function, let parts): return try standard(function, parts, at: offset)
        case .matches(let target, let pattern):
            let text = try evaluate(target)
            switch program.patterns[Int(pattern)] {
            case .success(let pattern): return try matches(text, pattern, at: offset)
            case .failure(let error): throw placed(error, at: offset)
            }
        case .added(let functions, let parts): return try added(program.functions[Int(functions)], parts, at: offset)
        case .unknownFunction(let name):
            throw ExpressionError(
                .noSuchOverload, "there is no such function: “\(program.names[Int(name)])”", at: offset)
        case .not(let operand):
            let value = try evaluate(operand)
            guard case .bool(let holds) = value else { throw noUnary("!", value, at: offset) }
            return .bool(!holds)
        case .negate(let operand): return try negate(try evaluate(operand), at: offset)
        case .binary(let sign, let left, let right):
            return try binary(sign, try evaluate(left), try evaluate(right), at: offset)
        case .logical(let decisive, let parts): return try logical(parts, decidedBy: decisive, at: offset)
        case .conditional(let condition, let yes, let no):
            guard case .bool(let holds) = try evaluate(condition) else {
                throw ExpressionError(.noSuchOverload, "the part before “?” must be true or false", at: offset)
            }
            return try evaluate(holds ? yes : no)
        case .comprehension(let number): return try comprehension(program.comprehensions[Int(number)], at: offset)
        }
    }

    // MARK: The budget

    /// Counts what is touched as steps, so that texts and lists that grow by doubling end at the budget too.
    private mutating func charge(_ count: Int, at offset: Int) throws(ExpressionError) {
        steps += count
        guard steps <= Self.stepLimit else {
            throw ExpressionError(.costLimit, "the condition takes too many steps", at: offset)
        }
    }

    /// A text is walked at less than the price of one step a byte.
    private mutating func charge(_ text: String, at offset: Int) throws(ExpressionError) {
        let count = text.utf8.count / 16
        if count > 0 { try charge(count, at: offset) }
    }

    // MARK: Names, fields, elements

    private mutating func values(
        of parts: ExpressionProgram.Parts
    ) throws(ExpressionError) -> [ExpressionValue] {
        var values: [ExpressionValue] = []
        values.reserveCapacity(Int(parts.count))
        for part in parts.start..<(parts.start + parts.count) {
            values.append(try evaluate(program.parts[Int(part)]))
        }
        return values
    }

    private mutating func value(
        of qualified: ExpressionProgram.QualifiedName, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        for (name, fields) in qualified.candidates {
            guard var value = lookUp(name) else { continue }
            for field in fields {
                try charge(1, at: offset)
                value = try select(field, of: value, at: offset)
            }
            return value
        }
        if let constant = qualified.constant { return constant }
        let name = qualified.candidates.last?.name ?? ""
        throw ExpressionError(.unknownName, "no field or fact is named “\(name)”", at: offset)
    }

    private func select(
        _ field: String, of target: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        guard case .map(let entries) = target else {
            throw ExpressionError(
                .noSuchOverload, "“.\(field)” needs a record, not \(target.typeName)", at: offset)
        }
        guard let value = entries[.string(field)] else {
            throw ExpressionError(.noSuchKey, "no such key: the record has no “\(field)”", at: offset)
        }
        return value
    }

    private mutating func element(
        of target: ExpressionValue, at index: ExpressionValue, offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch target {
        case .list(let elements):
            guard let position = ExpressionKey(index)?.position else {
                throw ExpressionError(.noSuchOverload, "a list is not indexed by \(index.typeName)", at: offset)
            }
            guard position >= 0, position < Int64(elements.count) else {
                throw ExpressionError(.indexOutOfRange, "the list has no entry \(position)", at: offset)
            }
            return elements[Int(position)]
        case .map(let entries):
            if case .string(let text) = index { try charge(text, at: offset) }
            guard let key = ExpressionKey(index), let value = entries[key] else {
                throw ExpressionError(.noSuchKey, "no such key: the record has no such entry", at: offset)
            }
            return value
        default:
            throw ExpressionError(
                .noSuchOverload, "\(target.typeName) cannot be indexed by \(index.typeName)", at: offset)
        }
    }

    private mutating func map(
        _ parts: ExpressionProgram.Parts, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        var entries: [ExpressionKey: ExpressionValue] = [:]
        for part in stride(from: parts.start, to: parts.start + parts.count, by: 2) {
            let key = try evaluate(program.parts[Int(part)])
            let value = try evaluate(program.parts[Int(part) + 1])
            try insert(value, for: key, into: &entries, at: offset)
        }
        return .map(entries)
    }

    private mutating func insert(
        _ value: ExpressionValue, for key: ExpressionValue, into entries: inout [ExpressionKey: ExpressionValue],
        at offset: Int
    ) throws(ExpressionError) {
        if case .string(let text) = key { try charge(text, at: offset) }
        let isDouble = if case .double = key { true } else { false }
        guard !isDouble, let entryKey = ExpressionKey(key) else {
            throw ExpressionError(.noSuchOverload, "\(key.typeName) cannot be a key of a map", at: offset)
        }
        guard entries.updateValue(value, forKey: entryKey) == nil else {
            throw ExpressionError(.invalidArgument, "a key of the map stands there twice", at: offset)
        }
    }

    // MARK: Functions

    private mutating func standard(
        _ function: StandardFunction, _ parts: ExpressionProgram.Parts, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        let first = try evaluate(program.parts[Int(parts.start)])
        let second = parts.count > 1 ? try evaluate(program.parts[Int(parts.start) + 1]) : nil
        let result: ExpressionValue?
        do throws(ExpressionError) {
            switch function {
            case .size: result = try size(of: first, at: offset)
            case .type: result = .type(first.typeName)
            case .dyn: result = first
            case .contains, .startsWith, .endsWith: result = try find(function, second, in: first, at: offset)
            case .matches:
                guard case .string(let source) = second else { throw noFunction(function, first, second, at: offset) }
                try charge(source.utf8.count, at: offset)
                result = try matches(first, try ExpressionPattern(source), at: offset)
            case .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration:
                if case .string(let text) = first { try charge(text, at: offset) }
                if case .bytes(let bytes) = first { try charge(bytes.count / 16, at: offset) }
                result = try function.convert(first)
            default: result = try function.part(of: first, zone: second)
            }
        } catch {
            throw placed(error, at: offset)
        }
        guard let result else { throw noFunction(function, first, second, at: offset) }
        return result
    }

    private mutating func added(
        _ overloads: [ExpressionFunction], _ parts: ExpressionProgram.Parts, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        let values = try values(of: parts)
        for value in values {
            if case .string(let text) = value { try charge(text, at: offset) }
        }
        for function in overloads where zip(function.parameters, values).allSatisfy({ $0.accepts($1) }) {
            do throws(ExpressionError) {
                return try function.implementation(values)
            } catch {
                throw placed(error, at: offset)
            }
        }
        let types = values.map(\.typeName).joined(separator: ", ")
        throw ExpressionError(
            .noSuchOverload, "“\(overloads.first?.name ?? "")” does not take (\(types))", at: offset)
    }

    private func placed(_ error: ExpressionError, at offset: Int) -> ExpressionError {
        ExpressionError(error.code, error.message, at: offset)
    }

    private func noFunction(
        _ function: StandardFunction, _ first: ExpressionValue, _ second: ExpressionValue?, at offset: Int
    ) -> ExpressionError {
        let types = [first.typeName, second?.typeName].compactMap { $0 }.joined(separator: ", ")
        return ExpressionError(
            .noSuchOverload, "“\(function.rawValue)” does not take (\(types))", at: offset)
    }

    private mutating func size(of value: ExpressionValue, at offset: Int) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .string(let text):
            try charge(text, at: offset)
            return .int(Int64(text.unicodeScalars.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let elements): return .int(Int64(elements.count))
        case .map(let entries): return .int(Int64(entries.count))
        default: return nil
        }
    }

    /// UTF-8 bytes find what code points find, and nothing else.
    private mutating func find(
        _ function: StandardFunction, _ part: ExpressionValue?, in target: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue? {
        guard case .string(let text) = target, case .string(let part) = part else { return nil }
        try charge(text, at: offset)
        try charge(part, at: offset)
        switch function {
        case .startsWith: return .bool(text.utf8.starts(with: part.utf8))
        case .endsWith: return .bool(text.utf8.reversed().starts(with: part.utf8.reversed()))
        default:
            let bytes = Array(text.utf8)
            let wanted = Array(part.utf8)
            guard let first = wanted.first else { return .bool(true) }
            guard wanted.count <= bytes.count else { return .bool(false) }
            for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
                try charge(1 + wanted.count / 16, at: offset)
                if bytes[start...].starts(with: wanted) { return .bool(true) }
            }
            return .bool(false)
        }
    }

    private mutating func matches(
        _ target: ExpressionValue, _ pattern: ExpressionPattern, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        guard case .string(let text) = target else {
            throw ExpressionError(.noSuchOverload, "“matches” needs a text, not \(target.typeName)", at: offset)
        }
        return .bool(
            try pattern.matches(text) { (count) throws(ExpressionError) in try charge(count, at: offset) })
    }

    // MARK: Operators

    /// `&&` and `||` of CEL: an error on one side does not matter when another side decides.
    private mutating func logical(
        _ parts: ExpressionProgram.Parts, decidedBy decisive: Bool, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        var failure: ExpressionError?
        for part in parts.start..<(parts.start + parts.count) {
            if try decides(program.parts[Int(part)], decisive, &failure, at: offset) { return .bool(decisive) }
        }
        if let failure { throw failure }
        return .bool(!decisive)
    }

    /// Whether a side is the value that decides; what else goes wrong is kept for later.
    private mutating func decides(
        _ side: Int32, _ decisive: Bool, _ failure: inout ExpressionError?, at offset: Int
    ) throws(ExpressionError) -> Bool {
        do throws(ExpressionError) {
            guard case .bool(let value) = try evaluate(side) else {
                throw ExpressionError(.noSuchOverload, "both sides must be true or false", at: offset)
            }
            return value == decisive
        } catch {
            if error.code == .costLimit { throw error }
            failure = failure ?? error
            return false
        }
    }

    private func negate(_ value: ExpressionValue, at offset: Int) throws(ExpressionError) -> ExpressionValue {
        switch value {
        case .double(let number): return .double(-number)
        case .int(let number):
            let (result, isOver) = Int64(0).subtractingReportingOverflow(number)
            if isOver { throw overflow(at: offset) }
            return .int(result)
        default: throw noUnary("-", value, at: offset)
        }
    }

    private func noUnary(_ sign: String, _ value: ExpressionValue, at offset: Int) -> ExpressionError {
        ExpressionError(.noSuchOverload, "“\(sign)” does not go with \(value.typeName)", at: offset)
    }

    private func overflow(at offset: Int) -> ExpressionError {
        ExpressionError(.overflow, "the result is out of range: overflow", at: offset)
    }

    /// Equality of `ExpressionValue`, an entry a step: lists that share their entries can be far larger than they are.
    private mutating func equal(
        _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> Bool {
        try charge(1, at: offset)
        switch (left, right) {
        case (.list(let first), .list(let second)):
            guard first.count == second.count else { return false }
            for (one, two) in zip(first, second) {
                guard try equal(one, two, at: offset) else { return false }
            }
            return true
        case (.map(let first), .map(let second)):
            guard first.count == second.count else { return false }
            for (key, one) in first {
                guard let two = second[key], try equal(one, two, at: offset) else { return false }
            }
            return true
        case (.string(let first), .string(let second)):
            try charge(first, at: offset)
            try charge(second, at: offset)
            return first.hasSameScalars(as: second)
        case (.bytes(let first), .bytes(let second)):
            try charge(min(first.count, second.count) / 16, at: offset)
            return first == second
        default: return left.equals(right)
        }
    }

    private mutating func binary(
        _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch sign {
        case .equal: return .bool(try equal(left, right, at: offset))
        case .notEqual: return .bool(!(try equal(left, right, at: offset)))
        case .within:
            switch right {
            case .list(let elements):
                for element in elements {
                    if try equal(element, left, at: offset) { return .bool(true) }
                }
                return .bool(false)
            case .map(let entries):
                if case .string(let text) = left { try charge(text, at: offset) }
                return .bool(ExpressionKey(left).map { entries[$0] != nil } ?? false)
            default: throw noOperator(sign, left, right, at: offset)
            }
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            return try compare(sign, left, right, at: offset)
        case .add, .subtract, .multiply, .divide, .remainder:
            return try arithmetic(sign, left, right, at: offset)
        }
    }

    private mutating func compare(
        _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch (left, right) {
        case (.string(let first), .string(let second)):
            try charge(first, at: offset)
            try charge(second, at: offset)
        case (.bytes(let first), .bytes(let second)):
            try charge(min(first.count, second.count) / 16, at: offset)
        case (.double(let number), .int), (.double(let number), .uint), (.int, .double(let number)),
            (.uint, .double(let number)):
            if number.isNaN { return .bool(false) }
        case (.double(let first), .double(let second)):
            if first.isNaN || second.isNaN { return .bool(false) }
        default: break
        }
        guard let order = left.order(to: right) else { throw noOperator(sign, left, right, at: offset) }
        switch sign {
        case .less: return .bool(order == .less)
        case .lessOrEqual: return .bool(order != .greater)
        case .greater: return .bool(order == .greater)
        default: return .bool(order != .less)
        }
    }

    private func noOperator(
        _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) -> ExpressionError {
        ExpressionError(
            .noSuchOverload, "“\(sign.rawValue)” does not go between \(left.typeName) and \(right.typeName)",
            at: offset)
    }

    private mutating func arithmetic(
        _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch (sign, left, right) {
        case (_, .int(let first), .int(let second)):
            return .int(try whole(sign, first, second, at: offset))
        case (_, .uint(let first), .uint(let second)):
            return .uint(try whole(sign, first, second, at: offset))
        case (.add, .double(let first), .double(let second)): return .double(first + second)
        case (.subtract, .double(let first), .double(let second)): return .double(first - second)
        case (.multiply, .double(let first), .double(let second)): return .double(first * second)
        case (.divide, .double(let first), .double(let second)): return .double(first / second)
        case (.add, .string(let first), .string(let second)):
            try charge(first.utf8.count + second.utf8.count, at: offset)
            return .string(first + second)
        case (.add, .bytes(let first), .bytes(let second)):
            try charge(first.count + second.count, at: offset)
            return .bytes(first + second)
        case (.add, .list(let first), .list(let second)):
            try charge(first.count + second.count, at: offset)
            return .list(first + second)
        default: break
        }
        let result: ExpressionValue?
        switch (sign, left, right) {
        case (.add, .timestamp(let time), .duration(let length)), (.add, .duration(let length), .timestamp(let time)):
            result = time.adding(length).map(ExpressionValue.timestamp)
        case (.subtract, .timestamp(let time), .duration(let length)):
            result = ExpressionDuration(seconds: -length.seconds, nanoseconds: -Int64(length.nanoseconds))
                .flatMap { time.adding($0) }.map(ExpressionValue.timestamp)
        case (.subtract, .timestamp(let first), .timestamp(let second)):
            result = first.subtracting(second).map(ExpressionValue.duration)
        case (.add, .duration(let first), .duration(let second)):
            result = first.adding(second).map(ExpressionValue.duration)
        case (.subtract, .duration(let first), .duration(let second)):
            result = first.subtracting(second).map(ExpressionValue.duration)
        default: throw noOperator(sign, left, right, at: offset)
        }
        guard let result else { throw overflow(at: offset) }
        return result
    }

    private func whole<T: FixedWidthInteger>(
        _ sign: ExpressionNode.BinaryOperator, _ left: T, _ right: T, at offset: Int
    ) throws(ExpressionError) -> T {
        let result: (partialValue: T, overflow: Bool)
        switch sign {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        default:
            guard right != 0 else { throw ExpressionError(.divisionByZero, "a division by zero", at: offset) }
            result =
                sign == .divide
                ? left.dividedReportingOverflow(by: right) : left.remainderReportingOverflow(dividingBy: right)
        }
        if result.overflow { throw overflow(at: offset) }
        return result.partialValue
    }

    // MARK: Macros

    private mutating func comprehension(
        _ comprehension: ExpressionProgram.Comprehension, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        let range = try evaluate(comprehension.range)
        let depth = locals.count
        defer { locals.removeSubrange(depth...) }
        var fold = Fold(macro: comprehension.macro)
        switch range {
        case .list(let elements):
            for (position, element) in elements.enumerated() {
                if comprehension.variableCount == 2 { locals.append(.int(Int64(position))) }
                locals.append(element)
                if try take(comprehension, &fold, at: offset) { break }
                locals.removeSubrange(depth...)
            }
        case .map(let entries):
            try charge(entries.count, at: offset)
            // In the order of the keys: the answer must not depend on a hash.
            let sorted = entries.sorted { $0.key.precedes($1.key) }
            for (key, value) in sorted {
                locals.append(key.value)
                if comprehension.variableCount == 2 { locals.append(value) }
                if try take(comprehension, &fold, at: offset) { break }
                locals.removeSubrange(depth...)
            }
        default:
            throw ExpressionError(
                .noSuchOverload, "“\(comprehension.macro.rawValue)” needs a list or a map, not \(range.typeName)",
                at: offset)
        }
        return try fold.result()
    }

    /// What a comprehension has found so far.
    private struct Fold {
        let macro: ExpressionNode.Comprehension.Macro
        var isDecided = false
        var count = 0
        var failure: ExpressionError?
        var values: [ExpressionValue] = []
        var entries: [ExpressionKey: ExpressionValue] = [:]

        init(macro: ExpressionNode.Comprehension.Macro) { self.macro = macro }

        func result() throws(ExpressionError) -> ExpressionValue {
            switch macro {
            case .all, .exists:
                if isDecided { return .bool(macro == .exists) }
                if let failure { throw failure }
                return .bool(macro == .all)
            case .existsOne: return .bool(count == 1)
            case .map, .filter: return .list(values)
            case .transformMap: return .map(entries)
            }
        }
    }

    /// Takes the element in the innermost slots into the fold; true when nothing after it matters.
    private mutating func take(
        _ comprehension: ExpressionProgram.Comprehension, _ fold: inout Fold, at offset: Int
    ) throws(ExpressionError) -> Bool {
        try charge(1, at: offset)
        if fold.macro == .all || fold.macro == .exists, let predicate = comprehension.predicate {
            fold.isDecided = try decides(predicate, fold.macro == .exists, &fold.failure, at: offset)
            return fold.isDecided
        }
        let first = locals.count - Int(comprehension.variableCount)
        if let predicate = comprehension.predicate {
            guard case .bool(let holds) = try evaluate(predicate) else {
                throw ExpressionError(
                    .noSuchOverload, "the condition of “\(fold.macro.rawValue)” must be true or false", at: offset)
            }
            guard holds else { return false }
        }
        switch fold.macro {
        case .existsOne: fold.count += 1
        case .filter: fold.values.append(locals[first])
        case .map: if let result = comprehension.result { fold.values.append(try evaluate(result)) }
        case .transformMap:
            if let result = comprehension.result {
                try insert(try evaluate(result), for: locals[first], into: &fold.entries, at: offset)
            }
        case .all, .exists: break
        }
        return false
    }
}

extension ExpressionKey {
    /// The key as an index of a list.
    fileprivate var position: Int64? {
        switch self {
        case .int(let value): value
        case .uint(let value): Int64(clamping: value)
        default: nil
        }
    }

    /// An order of keys: flags, numbers, texts.
    func precedes(_ other: ExpressionKey) -> Bool {
        func rank(_ key: ExpressionKey) -> Int {
            switch key {
            case .bool: 0
            case .int, .uint: 1
            case .string: 2
            }
        }
        return rank(self) != rank(other) ? rank(self) < rank(other) : value.order(to: other.value) == .less
    }
}

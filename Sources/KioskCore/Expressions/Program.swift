/// Lays an expression out for evaluation: nodes in one array, names and functions resolved as far as they can be.

struct ExpressionProgram: Sendable {
    struct Step: Sendable {
        let work: Work
        /// UTF-8 offset in the source.
        let offset: Int32
    }

    /// A step's parts are numbers of steps; lists of them are ranges of `parts`.
    enum Work: Sendable {
        case literal(Int32)
        case local(Int32)
        case name(Int32)
        /// A name with points in it, or a name and fields: what the bindings say decides.
        case qualifiedName(Int32)
        case select(Int32, field: Int32)
        case has(Int32, field: Int32)
        case index(Int32, Int32)
        case list(Parts)
        case map(Parts)
        case standard(StandardFunction, Parts)
        /// `matches` with a literal pattern.
        case matches(Int32, pattern: Int32)
        case added(functions: Int32, Parts)
        case unknownFunction(name: Int32)
        case not(Int32)
        case negate(Int32)
        case binary(ExpressionNode.BinaryOperator, Int32, Int32)
        case logical(decidedBy: Bool, Parts)
        case conditional(Int32, Int32, Int32)
        case comprehension(Int32)
    }

    struct Parts: Sendable {
        let start: Int32
        let count: Int32
    }

    struct QualifiedName: Sendable {
        /// Longest first, each with the fields that are left.
        let candidates: [(name: String, fields: [String])]
        let constant: ExpressionValue?
    }

    struct Comprehension: Sendable {
        let macro: ExpressionNode.Comprehension.Macro
        let range: Int32
        let variableCount: Int32
        let predicate: Int32?
        let result: Int32?
    }

    private(set) var steps: [Step] = []
    private(set) var parts: [Int32] = []
    private(set) var literals: [ExpressionValue] = []
    private(set) var names: [String] = []
    private(set) var qualifiedNames: [QualifiedName] = []
    private(set) var patterns: [Result<ExpressionPattern, ExpressionError>] = []
    private(set) var functions: [[ExpressionFunction]] = []
    private(set) var comprehensions: [Comprehension] = []
    let root: Int32

    init(_ node: ExpressionNode, functions added: [ExpressionFunction]) {
        var builder = Builder(added: added)
        root = builder.step(for: node)
        steps = builder.steps
        parts = builder.parts
        literals = builder.literals
        names = builder.names
        qualifiedNames = builder.qualifiedNames
        patterns = builder.patterns
        functions = builder.functions
        comprehensions = builder.comprehensions
    }

    private struct Builder {
        let added: [ExpressionFunction]
        var steps: [Step] = []
        var parts: [Int32] = []
        var literals: [ExpressionValue] = []
        var names: [String] = []
        var qualifiedNames: [QualifiedName] = []
        var patterns: [Result<ExpressionPattern, ExpressionError>] = []
        var functions: [[ExpressionFunction]] = []
        var comprehensions: [Comprehension] = []
        /// The variables of the macros around the node, innermost last: their places are the evaluator's slots.
        var bound: [String] = []

        init(added: [ExpressionFunction]) { self.added = added }

        mutating func step(for node: ExpressionNode) -> Int32 {
            let work = work(for: node)
            steps.append(Step(work: work, offset: Int32(node.offset)))
            return Int32(steps.count - 1)
        }

        private mutating func steps(for nodes: [ExpressionNode]) -> Parts {
            let found = nodes.map { step(for: $0) }
            let start = parts.count
            parts += found
            return Parts(start: Int32(start), count: Int32(found.count))
        }

        private mutating func name(_ name: String) -> Int32 {
            names.append(name)
            return Int32(names.count - 1)
        }

        private mutating func work(for node: ExpressionNode) -> Work {
            switch node.form {
            case .literal(let value):
                literals.append(value)
                return .literal(Int32(literals.count - 1))
            case .name(let name, let isAbsolute):
                if !isAbsolute, let slot = bound.lastIndex(of: name) { return .local(Int32(slot)) }
                if StandardFunction.typeNames.contains(name) { return qualified([name]) }
                return .name(self.name(name))
            case .select(let target, let field):
                if let (names, isAbsolute) = node.qualifiedName, isAbsolute || !bound.contains(names[0]) {
                    return qualified(names)
                }
                return .select(step(for: target), field: name(field))
            case .has(let target, let field): return .has(step(for: target), field: name(field))
            case .index(let target, let index): return .index(step(for: target), step(for: index))
            case .list(let nodes): return .list(steps(for: nodes))
            case .map(let entries): return .map(steps(for: entries.flatMap { [$0.key, $0.value] }))
            case .call(let name, let nodes): return call(name, isMember: false, nodes)
            case .method(let target, let name, let nodes): return call(name, isMember: true, [target] + nodes)
            case .unary(.not, let operand): return .not(step(for: operand))
            case .unary(.negate, let operand): return .negate(step(for: operand))
            case .binary(let sign, let left, let right): return .binary(sign, step(for: left), step(for: right))
            case .and(let sides): return .logical(decidedBy: false, steps(for: sides))
            case .or(let sides): return .logical(decidedBy: true, steps(for: sides))
            case .conditional(let condition, let yes, let no):
                return .conditional(step(for: condition), step(for: yes), step(for: no))
            case .comprehension(let comprehension): return work(for: comprehension)
            }
        }

        private mutating func qualified(_ names: [String]) -> Work {
            let full = names.joined(separator: ".")
            let candidates = (1...names.count).reversed().map { count in
                (names.prefix(count).joined(separator: "."), Array(names.dropFirst(count)))
            }
            qualifiedNames.append(
                QualifiedName(
                    candidates: candidates,
                    constant: StandardFunction.typeNames.contains(full) ? .type(full) : nil))
            return .qualifiedName(Int32(qualifiedNames.count - 1))
        }

        private mutating func call(_ name: String, isMember: Bool, _ nodes: [ExpressionNode]) -> Work {
            if let function = StandardFunction(rawValue: name), function.takes(isMember: isMember, count: nodes.count) {
                if function == .matches, case .literal(.string(let source)) = nodes[1].form {
                    let target = step(for: nodes[0])
                    patterns.append(Result { () throws(ExpressionError) in try ExpressionPattern(source) })
                    return .matches(target, pattern: Int32(patterns.count - 1))
                }
                return .standard(function, steps(for: nodes))
            }
            let overloads = added.filter {
                $0.name == name && $0.isMember == isMember && $0.parameters.count == nodes.count
            }
            guard !overloads.isEmpty else { return .unknownFunction(name: self.name(name)) }
            functions.append(overloads)
            let number = Int32(functions.count - 1)
            return .added(functions: number, steps(for: nodes))
        }

        private mutating func work(for comprehension: ExpressionNode.Comprehension) -> Work {
            let range = step(for: comprehension.range)
            bound += comprehension.variables
            defer { bound.removeLast(comprehension.variables.count) }
            let predicate = comprehension.predicate.map { step(for: $0) }
            let result = comprehension.result.map { step(for: $0) }
            comprehensions.append(
                Comprehension(
                    macro: comprehension.macro, range: range, variableCount: Int32(comprehension.variables.count),
                    predicate: predicate, result: result))
            return .comprehension(Int32(comprehensions.count - 1))
        }
    }
}

/// The tree of a parsed expression, open to walk for checkers, proofs and documents.

/// A node of a parsed expression.
public struct ExpressionNode: Hashable, Sendable {
    public enum UnaryOperator: String, Hashable, Sendable {
        case not = "!"
        case negate = "-"
    }

    public enum BinaryOperator: String, Hashable, Sendable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case within = "in"
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    /// One entry of a map literal.
    public struct Entry: Hashable, Sendable {
        public let key: ExpressionNode
        public let value: ExpressionNode
    }

    /// A macro over the elements of a list or the keys of a map.
    public struct Comprehension: Hashable, Sendable {
        public enum Macro: String, Hashable, Sendable {
            case all, exists
            case existsOne = "exists_one"
            case map, filter
            /// The result is a map: only with two variables.
            case transformMap
        }

        public let macro: Macro
        public let range: ExpressionNode
        /// One name: the element or key. Two names: index and element, or key and value.
        public let variables: [String]
        /// What must hold of an element; nil for a `map` that takes them all.
        public let predicate: ExpressionNode?
        /// What `map` and `transformMap` make of an element.
        public let result: ExpressionNode?
    }

    public indirect enum Form: Hashable, Sendable {
        case literal(ExpressionValue)
        /// `isAbsolute`: written with a leading point, which looks past the variables of macros.
        case name(String, isAbsolute: Bool)
        case select(ExpressionNode, String)
        /// `has(e.f)`
        case has(ExpressionNode, String)
        case index(ExpressionNode, ExpressionNode)
        case list([ExpressionNode])
        case map([Entry])
        case call(String, [ExpressionNode])
        case method(ExpressionNode, String, [ExpressionNode])
        case unary(UnaryOperator, ExpressionNode)
        case binary(BinaryOperator, ExpressionNode, ExpressionNode)
        /// `a && b && c`: two sides or more.
        case and([ExpressionNode])
        /// `a || b || c`: two sides or more.
        case or([ExpressionNode])
        case conditional(ExpressionNode, ExpressionNode, ExpressionNode)
        case comprehension(Comprehension)
    }

    public let form: Form
    /// UTF-8 offset of the token it is named after.
    public let offset: Int
    /// Its number in the expression, from 0: the place of its type in a `TypedExpression`.
    public let id: Int
    /// How many nodes stand above each other here; bounded by the parser.
    let height: Int

    /// The nodes right below, in the order of the source.
    public var children: [ExpressionNode] {
        switch form {
        case .literal, .name: []
        case .select(let target, _), .has(let target, _), .unary(_, let target): [target]
        case .index(let left, let right), .binary(_, let left, let right): [left, right]
        case .list(let nodes), .call(_, let nodes), .and(let nodes), .or(let nodes): nodes
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .method(let target, _, let nodes): [target] + nodes
        case .conditional(let condition, let yes, let no): [condition, yes, no]
        case .comprehension(let comprehension):
            [comprehension.range, comprehension.predicate, comprehension.result].compactMap { $0 }
        }
    }

    /// `a.b.c` as its names, when nothing else stands in it.
    var qualifiedName: (names: [String], isAbsolute: Bool)? {
        switch form {
        case .name(let name, let isAbsolute): return ([name], isAbsolute)
        case .select(let target, let field):
            guard let (names, isAbsolute) = target.qualifiedName else { return nil }
            return (names + [field], isAbsolute)
        default: return nil
        }
    }

    /// Free names with their UTF-8 offsets, in order of appearance.
    public var freeNames: [(name: String, offset: Int)] {
        var found: [(name: String, offset: Int)] = []
        func walk(_ node: ExpressionNode, bound: [String]) {
            switch node.form {
            case .name(let name, let isAbsolute):
                if isAbsolute || !bound.contains(name) { found.append((name, node.offset)) }
            case .comprehension(let comprehension):
                walk(comprehension.range, bound: bound)
                for part in [comprehension.predicate, comprehension.result] {
                    if let part { walk(part, bound: bound + comprehension.variables) }
                }
            default:
                for child in node.children { walk(child, bound: bound) }
            }
        }
        walk(self, bound: [])
        return found
    }
}

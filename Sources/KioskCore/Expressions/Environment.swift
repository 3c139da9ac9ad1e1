/// What an expression may use: variables with their types, functions, and how strictly it is checked.

/// A function added to the standard ones.
public struct ExpressionFunction: Sendable {
    public typealias Implementation = @Sendable ([ExpressionValue]) throws(ExpressionError) -> ExpressionValue

    public let name: String
    /// Called as `target.name(…)`; the target is the first parameter.
    public let isMember: Bool
    public let parameters: [ExpressionType]
    public let result: ExpressionType
    /// Called with values of the parameters' types only. It must be pure and take time in proportion to their size.
    let implementation: Implementation

    public init(
        _ name: String, isMember: Bool = false, parameters: [ExpressionType], result: ExpressionType,
        implementation: @escaping Implementation
    ) {
        self.name = name
        self.isMember = isMember
        self.parameters = parameters
        self.result = result
        self.implementation = implementation
    }
}

/// The names and functions of an expression. The standard functions are always there and keep their names.
public struct ExpressionEnvironment: Sendable {
    public enum Dialect: Sendable {
        /// As the specification says.
        case specification
        /// For matter files: numbers compare across their types, as they do when evaluated, and a literal that a
        /// function can never take (a date that does not exist) is found by the check.
        case matters
    }

    public var variables: [String: ExpressionType]
    public var functions: [ExpressionFunction]
    public var dialect: Dialect

    public init(
        variables: [String: ExpressionType] = [:], functions: [ExpressionFunction] = [],
        dialect: Dialect = .specification
    ) {
        self.variables = variables
        self.functions = functions
        self.dialect = dialect
    }
}

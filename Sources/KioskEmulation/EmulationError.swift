/// What can go wrong while an emulated hall is set up.

public struct EmulationError: Error, Hashable, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        private enum Value: Hashable, Sendable { case testbed, socket, file, name, command }
        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// libumockdev refused.
        public static let testbed = Code(.testbed)
        /// A Unix socket could not be made, reached or read.
        public static let socket = Code(.socket)
        /// A card or paper file is missing or not what its name says.
        public static let file = Code(.file)
        /// A device, card or paper of that name is not there, or is there already.
        public static let name = Code(.name)
        /// A control command that is not understood.
        public static let command = Code(.command)
    }

    public var code: Code
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { detail }
}

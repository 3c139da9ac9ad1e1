/// A value of the condition language as the solver sees it: what it is, whether it is null, whether finding it fails.

struct SymbolicValue {
    /// Times and durations are whole days where they can be, else seconds.
    enum Unit {
        case days, seconds
    }

    indirect enum Core {
        /// Nothing but null.
        case none
        case truth(Z3Term)
        case number(Z3Term)
        case real(Z3Term)
        /// A text by its number in the table of texts.
        case text(Z3Term)
        case time(Z3Term, Unit)
        case duration(Z3Term, Unit)
        case list(List)
        case record([String: SymbolicValue])
        /// Something that is not translated. Whatever is asked of it may turn out either way.
        case unknown
    }

    struct List {
        struct Entry {
            var isThere: Z3Term
            var value: SymbolicValue
        }

        var entries: [Entry]
        var size: Z3Term
        /// There are more entries than are written down here.
        var hasMore: Z3Term
    }

    var core: Core
    var isNull: Z3Term
    /// Finding the value fails.
    var fails: Z3Term
}

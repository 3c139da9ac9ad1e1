/// The keys and words that matter files may use, in one place for the loader, the schema and the documents.

package enum MatterGrammar {
    package static var matterKeys: [String] { MatterLoader.matterKeys }
    package static var fieldKeys: [String] { MatterDecoder.fieldKeys }
    package static var listFieldKeys: [String] { MatterDecoder.listFieldKeys }
    package static var factKeys: [String] { MatterDecoder.factKeys }
    package static var sectionKeys: [String] { SharedSection.keys }
    /// Types of fields, in the order of the alphabet.
    package static var typeNames: [String] { MatterDecoder.typeNames.sorted() }
    /// Steps of an archetype that are one word, in the order of the alphabet.
    package static var stepNames: [String] { SharedFiles.steps.keys.sorted() }
    package static var maximumFieldsPerPage: Int { MatterDecoder.maximumFieldsPerPage }
    package static var maximumDecimals: Int { MatterDecoder.maximumDecimals }

    package static let pageKeys = ["title", "hint", "when", "fields"]
    package static let checkKeys = ["holds", "message"]
    package static let paperKeys = ["key", "label", "mark", "from", "hint"]
    package static let ruleActions = ["need", "reject", "window", "note"]
    package static let consentKeys = ["title", "statement", "refused"]
    package static let questionKeys = ["q", "a"]
    package static let reviewedKeys = ["by", "on"]
    package static let lookupKeys = ["register", "by"]
    package static let paymentKeys = ["amount", "for"]
    package static let registerKeys = ["register", "title", "facts"]
    package static let archetypeKeys = ["archetype", "title", "answers", "steps"]
    package static let stepKeys = ["section", "outputs", "when-later", "consent", "lookup"]
}

/// Text for people, in the languages of the product.

public enum Language: String, Codable, CaseIterable, Sendable {
    case zh
    case en
}

/// One text in every language.
public struct Localized: Codable, Hashable, Sendable {
    public var zh: String
    public var en: String

    public init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    public subscript(language: Language) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }
}

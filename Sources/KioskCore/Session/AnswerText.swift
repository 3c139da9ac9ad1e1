/// Answers as people read them.

public enum AnswerText {
    /// The answer in one language: option labels, grouped money with its unit, yes or no; a list gives a line an entry.
    /// Citizen numbers are masked.
    public static func shown(_ answer: Answer?, field: Field, language: Language) -> String {
        ""
    }
}

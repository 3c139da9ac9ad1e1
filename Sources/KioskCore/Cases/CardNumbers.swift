/// Numbers with a check character beside the citizen number: the unified social credit code and the bank card number.

/// The unified social credit code of an enterprise or organisation (GB 32100-2015).
public enum CreditCode {
    /// Digits and capital letters without I, O, S, V and Z; a character's place is its value.
    private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)
    private static let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    static let length = 18

    /// Eighteen characters of the alphabet with the right check character (modulus 31). Small letters are taken for
    /// capitals.
    public static func isValid(_ code: some StringProtocol) -> Bool {
        let values = code.uppercased().utf8.compactMap(alphabet.firstIndex)
        guard code.utf8.count == length, values.count == length else { return false }
        let sum = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
        return values[length - 1] == (31 - sum % 31) % 31
    }
}

/// The number of a bank card (ISO/IEC 7812-1).
public enum BankCardNumber {
    static let lengths = 12...19

    /// 12 to 19 digits of which the last is the Luhn digit of the others.
    public static func isValid(_ number: some StringProtocol) -> Bool {
        let digits = number.utf8.compactMap { (0x30...0x39).contains($0) ? Int($0 - 0x30) : nil }
        guard digits.count == number.utf8.count, lengths.contains(digits.count) else { return false }
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let doubled = digit.element * 2
            return sum + (digit.offset % 2 == 0 ? digit.element : doubled > 9 ? doubled - 9 : doubled)
        }
        return sum % 10 == 0
    }

    /// `6222********1234`: what may stand on a screen or slip.
    public static func masked(_ number: some StringProtocol) -> String {
        guard number.count >= 12 else { return String(repeating: "*", count: number.count) }
        return number.prefix(4) + String(repeating: "*", count: number.count - 8) + number.suffix(4)
    }
}

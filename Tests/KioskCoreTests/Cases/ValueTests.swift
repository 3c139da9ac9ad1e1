import Testing

@testable import KioskCore

@Suite("Dates, numbers and money")
struct ValueTests {
    @Test(
        "the check character is that of GB 11643",
        arguments: ["11010519491231002X", "911124198108030024", "932682198501010017", "230199199001010018"])
    func checkCharacter(number: String) {
        #expect(CitizenNumber.isValid(number))
        #expect(CitizenNumber.isValid(number.lowercased()))
        let wrong = number.prefix(17) + (number.hasSuffix("1") ? "2" : "1")
        #expect(!CitizenNumber.isValid(wrong))
    }

    @Test(
        "what is no citizen number is refused",
        arguments: [
            "", "1", "23019919900101001", "2301991990010100188", "230199199002300018", "二三0199199001010018", "🙂",
        ])
    func invalidNumbers(number: String) {
        #expect(!CitizenNumber.isValid(number))
    }

    @Test("a masked number keeps six and four characters")
    func mask() {
        #expect(CitizenNumber.masked("230199199001010018") == "230199********0018")
        #expect(CitizenNumber.masked("12345") == "*****")
    }

    @Test(
        "days and dates turn into each other",
        arguments: [(0, "1970-01-01"), (-1, "1969-12-31"), (19_782, "2024-02-29"), (20_778, "2026-11-21")])
    func days(days: Int, text: String) throws {
        let date = try #require(CalendarDate(text))
        #expect(date.daysSince1970 == days)
        #expect(CalendarDate(daysSince1970: days) == date)
    }

    @Test("every day of four centuries survives the round trip")
    func roundTrip() {
        for day in stride(from: -140_000, through: 140_000, by: 7) {
            #expect(CalendarDate(daysSince1970: day).daysSince1970 == day)
        }
    }

    @Test(
        "a day that does not exist is refused",
        arguments: ["2023-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20261121", "0000-01-01", "二〇二六"])
    func noSuchDay(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test("five working days skip the weekend")
    func workingDays() throws {
        let saturday = try #require(CalendarDate("2026-11-21"))
        #expect(saturday.adding(workingDays: 5).description == "2026-11-27")
        let friday = try #require(CalendarDate("2026-11-20"))
        #expect(friday.adding(workingDays: 1).description == "2026-11-23")
    }

    @Test("age counts completed years")
    func age() throws {
        let birth = try #require(CalendarDate("1966-11-22"))
        #expect(birth.age(on: try #require(CalendarDate("2026-11-21"))) == 59)
        #expect(birth.age(on: try #require(CalendarDate("2026-11-22"))) == 60)
    }

    @Test("China's clock runs eight hours ahead")
    func chinaTime() {
        let time = Timestamp(milliseconds: 1_795_276_740_000)
        #expect(time.chinaMinute == "2026-11-21 23:59")
        #expect(Timestamp(milliseconds: 16 * 3_600_000).chinaMinute == "1970-01-02 00:00")
        #expect(Timestamp(milliseconds: -1).chinaMinute == "1970-01-01 07:59")
        #expect(Timestamp(milliseconds: -8 * 3_600_000).chinaMinute == "1970-01-01 00:00")
        #expect(Timestamp(milliseconds: -8 * 3_600_000 - 1).chinaMinute == "1969-12-31 23:59")
        #expect(Timestamp(milliseconds: .min).chinaDate == CalendarDate(year: 1, month: 1, day: 1))
        #expect(Timestamp(milliseconds: .min).chinaMinute.hasPrefix("0001-01-01 "))
        #expect(!Timestamp(milliseconds: .max).chinaMinute.isEmpty)
    }

    @Test(
        "money is exact to the fen",
        arguments: [("20000", 2_000_000, "20,000"), ("1234.5", 123_450, "1,234.50"), ("0.05", 5, "0.05")])
    func money(text: String, fen: Int64, grouped: String) throws {
        let money = try #require(Money(text))
        #expect(money.fen == fen)
        #expect(money.grouped == grouped)
    }

    @Test("what is no amount is refused", arguments: ["", ".", "1.", ".5", "1.234", "-1", "1e3", "１", "1234567890123"])
    func noMoney(text: String) {
        #expect(Money(text) == nil)
    }
}

@Suite("Numbers with a check character")
struct CardNumberTests {
    /// Of public examples of GB 32100 and of the Luhn algorithm; none belongs to an enterprise or a card here.
    @Test(
        "the check character of a credit code is that of GB 32100",
        arguments: ["91350100M000100Y43", "91350100m000100y43"])
    func creditCode(code: String) {
        #expect(CreditCode.isValid(code))
        #expect(!CreditCode.isValid(code.dropLast() + "4"))
    }

    @Test(
        "what is no credit code is refused",
        arguments: ["", "91350100M000100Y4", "91350100M000100Y433", "9135010OM000100Y43", "９1350100M000100Y43", "🙂"])
    func noCreditCode(code: String) {
        #expect(!CreditCode.isValid(code))
    }

    @Test("one wrong character of a credit code is always found")
    func oneWrongCharacter() {
        let code = Array("91350100M000100Y43")
        for index in code.indices {
            for other in "0123456789ABCDEFGHJKLMNPQRTUWXY" where other != code[index] {
                var wrong = code
                wrong[index] = other
                #expect(!CreditCode.isValid(String(wrong)))
            }
        }
    }

    @Test(
        "a bank card number has 12 to 19 digits and its Luhn digit",
        arguments: [
            ("4539578763621486", true), ("79927398713", false), ("4539578763621487", false), ("000000000000", true),
            ("00000000000000000000", false), ("4539 5787 6362 1486", false), ("", false), ("４539578763621486", false),
        ])
    func bankCard(number: String, isValid: Bool) {
        #expect(BankCardNumber.isValid(number) == isValid)
    }

    @Test("a masked card number keeps four digits at either end")
    func mask() {
        #expect(BankCardNumber.masked("6222020000001234") == "6222********1234")
        #expect(BankCardNumber.masked("123") == "***")
    }

    @Test(
        "a minute of a day is read as it is written",
        arguments: [
            ("2026-11-21 00:00", true), ("2026-11-21 23:59", true), ("2026-11-21 24:00", false),
            ("2026-11-21 12:60", false), ("2026-02-30 12:00", false), ("2026-11-21T12:00", false),
            ("2026-11-21 1:00", false), ("二〇二六年十一月", false), ("2026-11-21 -1:+2", false),
        ])
    func minute(text: String, exists: Bool) {
        #expect((CalendarMinute(text) != nil) == exists)
    }
}

import KioskCore
import Testing

@Suite("Nation codes")
struct NationCodesTests {
    @Test(
        "Codes have the names of GB/T 3304 and of practice",
        arguments: [
            ("01", "汉族"), ("02", "蒙古族"), ("13", "瑶族"), ("30", "土族"), ("52", "鄂伦春族"), ("53", "赫哲族"),
            ("56", "基诺族"), ("81", "穿青人"), ("83", "革家人"), ("97", "其他"), ("98", "外国血统中国籍人士"),
        ])
    func names(code: String, name: String) {
        #expect(NationCodes.name(code)?.zh == name)
    }

    @Test("All 56 have two names, and no two share one")
    func complete() {
        let names = (1...56).compactMap { NationCodes.name($0 < 10 ? "0\($0)" : "\($0)") }
        #expect(names.count == 56)
        #expect(Set(names.map(\.zh)).count == 56)
        #expect(Set(names.map(\.en)).count == 56)
    }

    @Test("What no table has has no name", arguments: ["", "00", "57", "80", "99", "1", "001", "-1", "+1", "１１", "x1"])
    func unmapped(code: String) {
        #expect(NationCodes.name(code) == nil)
    }
}

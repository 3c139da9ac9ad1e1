/// The nations of China as identity cards carry them: GB/T 3304-1991, and the codes that practice added.

public enum NationCodes {
    /// The name for a card's two-digit code; nil when no table has it, and then the number itself is what there is to
    /// show. A card without a code has no name either.
    public static func name(_ code: some StringProtocol) -> Localized? {
        guard code.utf8.count == 2, code.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(code)
        else { return nil }
        if nations.indices.contains(number - 1) {
            let nation = nations[number - 1]
            return Localized(zh: nation.zh, en: nation.en)
        }
        return others[number]
    }

    /// Not in 01 to 56. 81 and 83 are no standard's: issuing offices use them.
    private static let others: [Int: Localized] = [
        81: Localized(zh: "穿青人", en: "Chuanqing"), 83: Localized(zh: "革家人", en: "Gejia"),
        97: Localized(zh: "其他", en: "Other"), 98: Localized(zh: "外国血统中国籍人士", en: "Chinese citizen of foreign descent"),
    ]

    /// 01 to 56 in order, with their usual English names.
    private static let nations: [(zh: String, en: String)] = [
        ("汉族", "Han"), ("蒙古族", "Mongol"), ("回族", "Hui"), ("藏族", "Tibetan"), ("维吾尔族", "Uyghur"), ("苗族", "Miao"),
        ("彝族", "Yi"), ("壮族", "Zhuang"), ("布依族", "Bouyei"), ("朝鲜族", "Korean"), ("满族", "Manchu"), ("侗族", "Dong"),
        ("瑶族", "Yao"), ("白族", "Bai"), ("土家族", "Tujia"), ("哈尼族", "Hani"), ("哈萨克族", "Kazakh"), ("傣族", "Dai"),
        ("黎族", "Li"), ("傈僳族", "Lisu"), ("佤族", "Wa"), ("畲族", "She"), ("高山族", "Gaoshan"), ("拉祜族", "Lahu"),
        ("水族", "Sui"), ("东乡族", "Dongxiang"), ("纳西族", "Naxi"), ("景颇族", "Jingpo"), ("柯尔克孜族", "Kyrgyz"), ("土族", "Tu"),
        ("达斡尔族", "Daur"), ("仫佬族", "Mulao"), ("羌族", "Qiang"), ("布朗族", "Blang"), ("撒拉族", "Salar"), ("毛南族", "Maonan"),
        ("仡佬族", "Gelao"), ("锡伯族", "Xibe"), ("阿昌族", "Achang"), ("普米族", "Pumi"), ("塔吉克族", "Tajik"), ("怒族", "Nu"),
        ("乌孜别克族", "Uzbek"), ("俄罗斯族", "Russian"), ("鄂温克族", "Ewenki"), ("德昂族", "De’ang"), ("保安族", "Bonan"),
        ("裕固族", "Yugur"), ("京族", "Kinh"), ("塔塔尔族", "Tatar"), ("独龙族", "Derung"), ("鄂伦春族", "Oroqen"), ("赫哲族", "Hezhen"),
        ("门巴族", "Monba"), ("珞巴族", "Lhoba"), ("基诺族", "Jino"),
    ]
}

// Pages with invented content for the terminal's tests, one for every kind of node.

import KioskCore
import KioskShell

enum TerminalSamples {
    /// Invented; the area code 230199 is not assigned.
    static let number = "230199199001010018"

    static func bar(_ language: Language, canGoBack: Bool = true) -> [Action] {
        let zh = language == .zh
        return [
            Action(id: "bar.back", label: zh ? "上一步" : "Back", event: canGoBack ? .back : nil, key: "F1"),
            Action(id: "bar.over", label: zh ? "重新开始" : "Start over", event: .askStartOver, key: "F2"),
            Action(id: "bar.staff", label: zh ? "呼叫工作人员" : "Call staff", event: .callStaff, key: "F3"),
            Action(
                id: "bar.language", label: zh ? "English" : "中文", event: .setLanguage(zh ? .en : .zh), key: "F4"),
            Action(id: "bar.size", label: zh ? "大字" : "Large text", event: .setTextSize(.large), key: "F5"),
        ]
    }

    static func welcome(_ language: Language) -> Page {
        let zh = language == .zh
        return Page(
            id: "welcome", language: language, textSize: .standard,
            title: zh ? "请选择要办的事项" : "What would you like to do?",
            nodes: [
                Node(
                    "MKT-001",
                    .tile(
                        title: zh ? "个体工商户设立登记" : "Register a sole proprietorship",
                        detail: zh
                            ? "开一家小店，需要身份证和经营场所证明。" : "Open a small shop. Bring your ID card and proof of premises.",
                        event: .choose(matter: "MKT-001"))),
                Node(
                    "HRS-016",
                    .tile(
                        title: zh ? "打印社会保险缴费证明" : "Print a social insurance certificate",
                        detail: zh ? "只需要身份证。" : "You only need your ID card.", event: .choose(matter: "HRS-016"))),
            ],
            actions: [
                Action(
                    id: "resume", label: zh ? "继续上次没办完的事" : "Go on with what I began", event: .resumeUnfinished,
                    key: "r")
            ], bar: bar(language, canGoBack: false))
    }

    static func notice(_ language: Language) -> Page {
        let zh = language == .zh
        let paragraph =
            zh
            ? "本机会读取您的身份证，拍下您带来的材料，交给道里区市场监督管理局。办完以后，本机不保留您的资料。整个过程大约需要十五分钟，您可以随时按“呼叫工作人员”。"
            : "This terminal reads your ID card and photographs what you brought, and hands both to the district office. "
                + "Nothing stays here afterwards. It takes about fifteen minutes, and you may call staff at any time."
        return Page(
            id: "notice", language: language, textSize: .standard,
            matter: zh ? "个体工商户设立登记" : "Register a sole proprietorship", title: zh ? "办理前请看" : "Before you begin",
            progress: .init(step: 1, of: 9),
            nodes: [Node("what", .heading(zh ? "这是什么" : "What this is"))]
                + (1...5).map { Node("p\($0)", .paragraph("\($0)  " + paragraph)) } + [
                    Node("bring", .heading(zh ? "请带好" : "Please have with you")),
                    Node("m1", .bullet(zh ? "本人身份证" : "Your own ID card", note: nil)),
                    Node(
                        "m2",
                        .bullet(zh ? "经营场所证明" : "Proof of premises", note: zh ? "租赁合同或房产证都可以" : "A lease or a deed")),
                ],
            actions: [Action(id: "agree", label: zh ? "同意并继续" : "Agree and go on", style: .primary, event: .next)],
            bar: bar(language))
    }

    static func form(_ language: Language, name: String = "", number: String = "", error: Bool = false) -> Page {
        let zh = language == .zh
        return Page(
            id: "form.owner", language: language, textSize: .standard,
            matter: zh ? "个体工商户设立登记" : "Register a sole proprietorship", title: zh ? "经营者和名称" : "Owner and name",
            progress: .init(step: 4, of: 9),
            nodes: [
                Node(
                    "shop",
                    .field(
                        .text, label: zh ? "店名" : "Name of the shop", value: name,
                        hint: zh ? "照您想好的写，例如“道里区阿木尔·其其格小吃部”。" : "As you would like it.", required: true, error: nil)),
                Node(
                    "owner",
                    .field(
                        .idNumber, label: zh ? "公民身份号码" : "Citizen number", value: number, hint: nil, required: true,
                        error: error
                            ? (zh ? "最后一位不对，请照身份证再看一遍" : "The last character is wrong; compare it with the card") : nil)
                ),
                Node(
                    "capital",
                    .field(
                        .money, label: zh ? "出资额（元）" : "Capital (yuan)", value: "", hint: nil, required: false,
                        error: nil)),
                Node(
                    "kind",
                    .choice(
                        label: zh ? "经营方式" : "Kind of business",
                        options: [
                            option("kind", "person", zh ? "个人经营" : "One person", true),
                            option("kind", "family", zh ? "家庭经营" : "A family", false),
                        ], multiple: false, required: true, error: nil)),
                Node(
                    "scope",
                    .choice(
                        label: zh ? "经营范围" : "What you will sell",
                        options: [
                            option("scope", "food", zh ? "餐饮服务" : "Meals", true),
                            option("scope", "tea", zh ? "茶叶零售" : "Tea", false),
                        ], multiple: true, required: true, error: nil)),
            ],
            actions: [Action(id: "next", label: zh ? "下一步" : "Next", style: .primary, event: .next)],
            bar: bar(language))
    }

    static func review(_ language: Language) -> Page {
        let zh = language == .zh
        let rows: [[String]] =
            zh
            ? [["王小明", "配偶", "230199********0018"], ["王丽", "子女", "230199********0023"]]
            : [["王小明", "Spouse", "230199********0018"], ["王丽", "Child", "230199********0023"]]
        let change = Action(id: "change.form", label: zh ? "修改" : "Change", event: .change(.form("owner")), key: nil)
        return Page(
            id: "review", language: language, textSize: .standard,
            matter: zh ? "个体工商户设立登记" : "Register a sole proprietorship", title: zh ? "请核对" : "Please check",
            progress: .init(step: 7, of: 9),
            nodes: [
                Node("h", .heading(zh ? "店铺" : "The shop")),
                Node("r1", .row(label: zh ? "店名" : "Name", value: "道里区阿木尔·其其格小吃部", change: change)),
                Node(
                    "r2",
                    .row(label: zh ? "经营场所" : "Premises", value: "黑龙江省哈尔滨市道里区某某街道某某路一百二十三号临街一层门市房西侧第二间", change: nil)),
                Node(
                    "table",
                    .table(
                        title: zh ? "家庭成员" : "Family",
                        columns: zh ? ["姓名", "关系", "身份号码"] : ["Name", "Relation", "Number"],
                        rows: rows)),
                Node(
                    "lease",
                    .picture(
                        page: PageReference(
                            id: "p1", sha256: String(repeating: "0", count: 64), byteCount: 1, mediaType: "image/jpeg",
                            width: 1, height: 1, takenAt: Timestamp(milliseconds: 0), device: "-"),
                        caption: zh ? "租赁合同 第 1 页" : "Lease, page 1",
                        remove: Action(
                            id: "remove.p1", label: zh ? "删除" : "Remove", style: .destructive,
                            event: .removePicture(slot: "lease", page: "p1")))),
            ],
            actions: [
                Action(id: "next", label: zh ? "都对，去签名" : "All correct, go on to sign", style: .primary, event: .next)
            ],
            bar: bar(language))
    }

    static func identify(_ language: Language) -> Page {
        let zh = language == .zh
        return Page(
            id: "identify", language: language, textSize: .standard,
            matter: zh ? "个体工商户设立登记" : "Register a sole proprietorship", title: zh ? "请放身份证" : "Your ID card, please",
            progress: .init(step: 2, of: 9),
            nodes: [
                Node(
                    "reader",
                    .device(
                        .cardOnReader, .failed, title: zh ? "没有读到身份证" : "The card could not be read",
                        text: zh
                            ? "请拿起身份证，再平放到读卡区，不要移动。"
                            : "Lift the card, lay it flat on the reader again and leave it there.")),
                Node(
                    "help",
                    .notice(
                        .warning, title: zh ? "还是不行？" : "Still not working?",
                        text: zh ? "请按 F3 呼叫工作人员，他们会过来帮您。" : "Press F3 to call staff; they will come and help.")),
            ],
            actions: [Action(id: "retry", label: zh ? "再试一次" : "Try again", style: .primary, event: .retry)],
            bar: bar(language), staffBanner: zh ? "已经呼叫工作人员，请稍等。" : "Staff have been called. Please wait.")
    }

    static func accepted(_ language: Language) -> Page {
        let zh = language == .zh
        return Page(
            id: "accepted", language: language, textSize: .large,
            matter: zh ? "个体工商户设立登记" : "Register a sole proprietorship", title: zh ? "已经受理" : "Accepted",
            progress: .init(step: 9, of: 9),
            nodes: [
                Node("number", .number(label: zh ? "受理编号" : "Receipt number", value: "DL01-20261121-0007")),
                Node(
                    "qr",
                    .qrCode(
                        "https://office.example/verify?code=DL01-20261121-0007",
                        caption: zh ? "用手机扫一扫可以查进度" : "Scan to follow your case")),
                Node("paper", .device(.printer, .working, title: zh ? "正在打印回执" : "Printing your receipt", text: "")),
            ],
            actions: [
                Action(id: "again", label: zh ? "再打印一次" : "Print again", event: nil),
                Action(id: "finish", label: zh ? "办完了" : "I am done", style: .primary, event: .finish),
            ], bar: bar(language, canGoBack: false))
    }

    static func idle(_ language: Language, over page: Page, seconds: Int = 42) -> Page {
        let zh = language == .zh
        var page = page
        page.dialog = Page.Dialog(
            title: zh ? "您还在吗？" : "Are you still there?",
            text: zh
                ? "时间到了以后，为了保护您的资料，本机会把刚才填的内容全部清除。"
                : "When the time is up, everything you entered is erased to protect you.",
            countdown: seconds,
            actions: [
                Action(
                    id: "erase", label: zh ? "清除并离开" : "Erase and leave", style: .destructive, event: .confirmStartOver),
                Action(id: "stay", label: zh ? "继续办理" : "Go on", style: .primary, event: .stillHere),
            ])
        return page
    }

    static func all(_ language: Language) -> [Page] {
        [
            welcome(language), notice(language), form(language, name: "阿木尔·其其格", number: number, error: true),
            review(language), identify(language), accepted(language), idle(language, over: notice(language)),
        ]
    }

    private static func option(_ field: String, _ id: String, _ label: String, _ selected: Bool) -> Node.Option {
        Node.Option(id: id, label: label, selected: selected, event: .pick(field: field, option: id))
    }
}

/// SplitMix64: the same bytes in every run of a test.
struct TerminalRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

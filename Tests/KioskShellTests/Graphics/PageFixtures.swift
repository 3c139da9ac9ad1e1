// Pages that between them hold every kind of node, with invented people.

import KioskCore
import KioskShell

enum PageFixtures {
    private static func pick(_ zh: String, _ en: String, _ language: Language) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }

    static func bar(_ language: Language, _ size: TextSize = .standard) -> [Action] {
        [
            Action(id: "back", label: pick("上一步", "Back", language), event: .back),
            Action(id: "start-over", label: pick("重新开始", "Start over", language), event: .askStartOver),
            Action(id: "call-staff", label: pick("呼叫工作人员", "Call staff", language), event: .callStaff),
            Action(
                id: "language", label: pick("English", "中文", language),
                event: .setLanguage(language == .zh ? .en : .zh)),
            Action(
                id: "text-size", label: pick("大字", "Large text", language),
                event: .setTextSize(size == .standard ? .large : .standard)),
        ]
    }

    static func page(
        _ id: String, _ language: Language, _ size: TextSize, title: String, step: Int? = 3, nodes: [Node],
        actions: [Action]? = nil
    ) -> Page {
        Page(
            id: id, language: language, textSize: size, matter: pick("公租房申请", "Public rental housing", language),
            title: title, progress: step.map { Page.Progress(step: $0, of: 9) }, nodes: nodes,
            actions: actions ?? [
                Action(id: "next", label: pick("下一步", "Next", language), style: .primary, event: .next)
            ], bar: bar(language, size))
    }

    static func picture(_ id: String) -> PageReference {
        PageReference(
            id: id, sha256: String(repeating: "0", count: 64), byteCount: 812_345, mediaType: "image/jpeg",
            width: 3264, height: 2448, takenAt: Timestamp(milliseconds: 1_795_000_000_000), device: "camera")
    }

    static func welcome(_ language: Language, _ size: TextSize) -> Page {
        let tiles = [
            ("公租房申请", "Public rental housing", "需要身份证、收入证明", "Bring your identity card and proof of income"),
            ("个人参保证明", "Social insurance certificate", "当场打印", "Printed while you wait"),
            ("居住证申领", "Residence permit", "需要租房合同", "Bring your lease"),
            ("临时救助申请", "Temporary assistance", "家庭遇到突发困难时申请", "For a household in sudden hardship"),
            ("老年人优待证", "Senior citizen card", "年满六十周岁", "From the age of sixty"),
            ("新生儿落户", "Registering a newborn", "需要出生医学证明", "Bring the medical certificate of birth"),
        ]
        var page = page(
            "welcome", language, size, title: pick("请选择要办理的事项", "What would you like to do?", language), step: nil,
            nodes: tiles.enumerated().map { index, tile in
                Node(
                    "tile-\(index)",
                    .tile(
                        title: pick(tile.0, tile.1, language), detail: pick(tile.2, tile.3, language),
                        event: .choose(matter: "m\(index)")))
            }, actions: [])
        page.matter = nil
        return page
    }

    static func notice(_ language: Language, _ size: TextSize) -> Page {
        page(
            "notice", language, size, title: pick("办理须知", "Before you begin", language), step: 1,
            nodes: [
                Node(
                    "what",
                    .paragraph(
                        pick(
                            "申请公共租赁住房。全程约需十分钟，您可以随时返回修改。",
                            "Apply for public rental housing. It takes about ten minutes; you can go back at any time.",
                            language))),
                Node("bring", .heading(pick("请准备以下材料", "What you need", language))),
                Node("m1", .bullet(pick("本人居民身份证", "Your identity card", language), note: nil)),
                Node(
                    "m2",
                    .bullet(
                        pick("租房合同", "The lease", language),
                        note: pick("每一页都要拍", "Every page is photographed", language))),
                Node(
                    "m3", .bullet(pick("近十二个月收入证明", "Proof of income of the last twelve months", language), note: nil)),
                Node(
                    "m4",
                    .bullet(
                        pick("家庭成员身份证", "Identity cards of your household", language),
                        note: pick("没有的可以以后补交", "You may hand these in later", language))),
                Node(
                    "info",
                    .notice(
                        .information, title: pick("承诺时限", "Time limit", language),
                        text: pick("自受理之日起 15 个工作日。", "15 working days from acceptance.", language))),
            ])
    }

    static func form(_ language: Language, _ size: TextSize) -> Page {
        page(
            "form", language, size, title: pick("住房情况", "Your home", language),
            nodes: [
                Node(
                    "phone",
                    .field(
                        .phone, label: pick("手机号码", "Mobile number", language), value: "13900000000",
                        hint: pick("办理结果会发送到这个号码", "The result is sent here", language), required: true, error: nil)),
                Node(
                    "number",
                    .field(
                        .idNumber, label: pick("配偶身份证号码", "Spouse's citizen number", language),
                        value: "230199198506120023", hint: nil, required: false, error: nil)),
                Node(
                    "income",
                    .field(
                        .money, label: pick("月收入", "Monthly income", language), value: "3200", hint: nil,
                        required: true,
                        error: pick("请填写数字，例如 3200", "Please enter a number, such as 3200", language))),
                Node(
                    "moved",
                    .field(
                        .date, label: pick("入住日期", "Moved in on", language), value: "", hint: "20240315",
                        required: false, error: nil)),
                Node(
                    "address",
                    .field(
                        .address, label: pick("现居住地址", "Present address", language),
                        value: pick("道里区某某街一百二十三号四单元五零一室", "Room 501, Unit 4, 123 Sample Street, Daoli", language),
                        hint: nil, required: true, error: nil)),
            ])
    }

    static func choices(_ language: Language, _ size: TextSize) -> Page {
        func option(_ id: String, _ zh: String, _ en: String, _ selected: Bool, _ field: String) -> Node.Option {
            Node.Option(
                id: id, label: pick(zh, en, language), selected: selected, event: .pick(field: field, option: id))
        }
        return page(
            "choices", language, size, title: pick("家庭情况", "Your household", language),
            nodes: [
                Node(
                    "married",
                    .choice(
                        label: pick("婚姻状况", "Marital status", language),
                        options: [
                            option("single", "未婚", "Single", false, "married"),
                            option("married", "已婚", "Married", true, "married"),
                            option("divorced", "离异", "Divorced", false, "married"),
                            option("widowed", "丧偶", "Widowed", false, "married"),
                        ], multiple: false, required: true, error: nil)),
                Node(
                    "owns",
                    .choice(
                        label: pick("名下是否有住房", "Do you own a home?", language),
                        options: [
                            option("yes", "有", "Yes", false, "owns"), option("no", "没有", "No", false, "owns"),
                        ], multiple: false, required: true,
                        error: pick("请选择一项", "Please choose one", language))),
                Node(
                    "hardship",
                    .choice(
                        label: pick("家庭困难情形", "Hardships", language),
                        options: [
                            option("minimum", "最低生活保障家庭", "On minimum living allowance", true, "hardship"),
                            option("disabled", "有残疾人", "A member with a disability", true, "hardship"),
                            option("illness", "有重大疾病患者", "A member with a serious illness", false, "hardship"),
                        ], multiple: true, required: false, error: nil)),
            ])
    }

    static func capture(_ language: Language, _ size: TextSize) -> Page {
        page(
            "capture.lease", language, size, title: pick("拍摄租房合同", "Photograph the lease", language),
            nodes: [
                Node(
                    "camera",
                    .device(
                        .paperUnderCamera, .waiting,
                        title: pick("请把材料放到摄像头下", "Lay the page under the camera", language),
                        text: pick("字朝上，放平，不要反光。", "Face up, flat, without glare.", language))),
                Node(
                    "page-1",
                    .picture(
                        page: picture("p1"), caption: pick("第 1 页", "Page 1", language),
                        remove: Action(
                            id: "remove-p1", label: pick("删除", "Remove", language), style: .destructive,
                            event: .removePicture(slot: "lease", page: "p1")))),
                Node(
                    "page-2",
                    .picture(
                        page: picture("p2"), caption: pick("第 2 页", "Page 2", language),
                        remove: Action(
                            id: "remove-p2", label: pick("删除", "Remove", language), style: .destructive,
                            event: .removePicture(slot: "lease", page: "p2")))),
            ],
            actions: [
                Action(
                    id: "take", label: pick("拍照", "Take the picture", language), style: .primary, event: .takePicture),
                Action(id: "next", label: pick("拍完了", "That is all", language), event: .next),
                Action(
                    id: "defer", label: pick("以后补交", "Hand in later", language), event: .deferMaterial(slot: "lease")),
            ])
    }

    static func device(
        _ picture: Node.DevicePicture, _ state: Node.DeviceState, _ language: Language, _ size: TextSize
    ) -> Page {
        page(
            "device.\(picture.rawValue).\(state.rawValue)", language, size,
            title: pick("核对身份", "Who you are", language), step: 2,
            nodes: [
                Node(
                    "device",
                    .device(
                        picture, state, title: pick("请把身份证放到读卡区", "Lay your identity card on the reader", language),
                        text: pick(
                            "平放在发亮的区域，等到提示音响起再拿开。",
                            "Lay it flat on the lit area and leave it until you hear the tone.", language)))
            ],
            actions: state == .failed
                ? [Action(id: "retry", label: pick("再试一次", "Try again", language), style: .primary, event: .retry)] : []
        )
    }

    static func review(_ language: Language, _ size: TextSize) -> Page {
        let rows = [
            ("姓名", "Name", "王小样"), ("身份证号码", "Citizen number", "230199********0018"),
            ("手机号码", "Mobile number", "139 0000 0000"), ("月收入", "Monthly income", "3,200"),
            ("婚姻状况", "Marital status", pick("已婚", "Married", language)), ("入住日期", "Moved in on", "2024-03-15"),
            (
                "现居住地址", "Present address",
                pick(
                    "道里区某某街一百二十三号四单元五零一室（原某某机械厂家属区十二号楼）",
                    "Room 501, Unit 4, 123 Sample Street, Daoli District (formerly the quarters of a machine works)",
                    language)
            ),
            ("租房合同", "Lease", pick("已拍 2 页", "2 pages", language)), ("收入证明", "Proof of income", "—"),
        ]
        return page(
            "review", language, size, title: pick("请核对", "Please check", language), step: 8,
            nodes: rows.enumerated().map { index, row in
                Node(
                    "row-\(index)",
                    .row(
                        label: pick(row.0, row.1, language), value: row.2,
                        change: index < 2
                            ? nil
                            : Action(
                                id: "change-\(index)", label: pick("修改", "Change", language),
                                event: .change(.form("home")))))
            })
    }

    static func sign(_ language: Language, _ size: TextSize) -> Page {
        page(
            "sign", language, size, title: pick("签署确认", "Sign", language), step: 9,
            nodes: [
                Node(
                    "statement",
                    .paragraph(
                        pick(
                            "本人承诺：以上填写的内容和提交的材料真实、完整。如有不实，愿意承担相应责任。",
                            "I declare that what I have entered and handed in is true and complete, and that I answer for it.",
                            language))),
                Node(
                    "signature",
                    .field(
                        .signature,
                        label: pick("请输入您身份证号码的后四位", "The last four characters of your citizen number", language),
                        value: "00", hint: nil, required: true, error: nil)),
                Node(
                    "warning",
                    .notice(
                        .warning, title: pick("还有一份材料没有交", "One document is still missing", language),
                        text: pick("请在 2026 年 12 月 5 日前补交收入证明。", "Hand in the proof of income by 2026-12-05.", language)
                    )),
            ])
    }

    static func accepted(_ language: Language, _ size: TextSize) -> Page {
        page(
            "accepted", language, size, title: pick("已受理", "Accepted", language), step: nil,
            nodes: [
                Node("receipt", .number(label: pick("受理编号", "Receipt number", language), value: "DL01-20261121-0007")),
                Node(
                    "qr",
                    .qrCode(
                        "https://office.example/verify?code=DL01-20261121-0007",
                        caption: pick("扫码查询进度", "Scan to follow your case", language))),
                Node(
                    "done",
                    .notice(
                        .success, title: pick("您的申请已经安全保存", "Your application is safely stored", language),
                        text: pick("请取走回执和身份证。", "Take your receipt and your identity card.", language))),
            ],
            actions: [
                Action(id: "finish", label: pick("完成", "Finish", language), style: .primary, event: .finish),
                Action(id: "again", label: pick("再打印一次", "Print again", language), event: .printAgain),
            ])
    }

    static func table(_ language: Language, _ size: TextSize) -> Page {
        page(
            "preview", language, size, title: pick("参保证明预览", "Your certificate", language), step: 3,
            nodes: [
                Node(
                    "years",
                    .table(
                        title: pick("缴费记录", "Contributions", language),
                        columns: language == .zh
                            ? ["险种", "起止年月", "月数", "缴费基数"]
                            : ["Insurance", "From and to", "Months", "Base"],
                        rows: (0..<14).map { year in
                            [
                                pick("企业职工基本养老保险", "Employees' basic pension", language),
                                "\(2010 + year)-01 – \(2010 + year)-12", "12", "\(3000 + year * 250).00",
                            ]
                        })),
                Node("error", .notice(.error, title: pick("2019 年记录不完整", "2019 is incomplete", language), text: "")),
                Node("neutral", .notice(.neutral, title: pick("说明", "Note", language), text: "2010–2023")),
            ])
    }

    static func dialog(_ language: Language, _ size: TextSize) -> Page {
        var page = form(language, size)
        page.id = "dialog"
        page.staffBanner = pick("工作人员已收到，正在赶来。", "Staff have answered and are on their way.", language)
        page.dialog = Page.Dialog(
            title: pick("您还在吗？", "Are you still there?", language),
            text: pick(
                "为保护您的个人信息，倒计时结束后将清除已填写的内容。",
                "To protect you, everything you entered is erased when the time is up.", language), countdown: 42,
            actions: [
                Action(
                    id: "still-here", label: pick("继续办理", "Go on", language), style: .primary, event: .stillHere),
                Action(
                    id: "wipe", label: pick("结束并清除", "Erase and end", language), style: .destructive,
                    event: .confirmStartOver),
            ])
        return page
    }

    static func failure(_ language: Language, _ size: TextSize) -> Page {
        var page = page(
            "failure", language, size, title: pick("打印回执", "Printing your receipt", language), step: 9,
            nodes: [
                Node(
                    "printer",
                    .device(
                        .printer, .failed, title: pick("打印机缺纸", "The printer is out of paper", language),
                        text: pick("已经通知工作人员加纸。", "Staff have been told.", language))),
                Node(
                    "not-lost",
                    .notice(
                        .success, title: pick("申请已经受理，不会丢失", "Your application is safe", language),
                        text: pick("请记下受理编号，加纸后可以再打印。", "Note the number; the receipt can be printed later.", language))
                ),
                Node("receipt", .number(label: pick("受理编号", "Receipt number", language), value: "DL01-20261121-0007")),
            ],
            actions: [
                Action(id: "retry", label: pick("再试一次", "Try again", language), style: .primary, event: .retry),
                Action(id: "wait", label: pick("不打印", "Do not print", language), event: nil),
            ])
        page.staffBanner = pick("正在呼叫工作人员…", "Calling staff …", language)
        return page
    }

    static func all(_ language: Language, _ size: TextSize) -> [Page] {
        [
            welcome(language, size), notice(language, size), form(language, size), choices(language, size),
            capture(language, size), review(language, size), sign(language, size), accepted(language, size),
            table(language, size), dialog(language, size), failure(language, size),
            device(.cardOnReader, .waiting, language, size), device(.office, .working, language, size),
            device(.safe, .done, language, size), device(.printer, .failed, language, size),
        ]
    }
}

// Papers as a citizen and a clerk read them: their text, their code, and whether other programs accept them.

import Foundation
import KioskCore
import Testing

@testable import KioskShell

@Suite struct PaperTests {
    private let layout = PaperLayout(verifyURL: "https://office.example/verify")

    @Test(arguments: Language.allCases)
    func `a receipt says what was accepted and what is owed`(language: Language) async throws {
        let paper = PaperFixtures.receipt(language)
        let text = try await PDFTools.text(of: layout.compose(paper))
        for expected in [
            "受理回执", "DL01-20261121-0007", "王小样", "230199********0018", "公租房申请", "租房合同", "收入证明", "2026年12月5日",
            "已拍摄 2 页", "0123456789abcdef", "15 个工作日",
        ] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(!text.contains("230199199001010018"))
        #expect(text.contains("Acceptance receipt") == (language == .en))
        #expect(text.contains("Public rental housing") == (language == .en))
    }

    @Test(arguments: Language.allCases)
    func `a certificate says who certifies what of whom`(language: Language) async throws {
        let text = try await PDFTools.text(of: layout.compose(PaperFixtures.certificate(language, rows: 6)))
        for expected in [
            "个人参保证明", "人力资源和社会保障局", "王小样", "230199********0018", "企业职工基本养老保险", "7H2K-9QMD", "本件以验证码核验为准",
            "6217***********0004", "86,400.50 元",
        ] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(text.components(separatedBy: "230199********0018").count == 2)
        #expect(text.contains("Verification code") == (language == .en))
    }

    @Test func `a record of nobody in particular has no holder, and no bank card is printed whole`() async throws {
        let text = try await PDFTools.text(of: layout.compose(PaperFixtures.certificate(.en, rows: 2, anonymous: true)))
        #expect(!text.contains("持有人"))
        #expect(text.contains("230199********0018"))
        #expect(!text.contains("6217000000000000004"))
        #expect(!text.contains("备注"))
    }

    @Test(arguments: [true, false])
    func `a receipt says what was paid, agreed to and signed`(isPaid: Bool) async throws {
        let paper = PaperFixtures.receipt(.zh) {
            $0.payment = CasePayment(orderID: "s-pay", amount: 39_050, isPaid: isPaid, reference: isPaid ? "P-1" : nil)
            $0.consents = [CaseConsent(id: "truth", statement: "我说的都是真的。", agreedAt: $0.startedAt)]
            $0.signature = CaseSignature(
                method: .numberSuffix, signer: "王小样", statement: "我承诺补交收入证明。", signedAt: $0.startedAt)
        }
        let text = try await PDFTools.text(of: layout.compose(paper))
        for expected in ["390.50 元", "我说的都是真的。", "我承诺补交收入证明。", isPaid ? "已缴" : "请不要再缴一次"] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(text.contains("P-1") == isPaid)
    }

    @Test func `a case of nobody in particular has a receipt too`() async throws {
        let text = try await PDFTools.text(of: layout.compose(PaperFixtures.receipt(.zh) { $0.applicant = nil }))
        #expect(text.contains("DL01-20261121-0007"))
        #expect(!text.contains("申请人"))
    }

    @Test(arguments: Language.allCases)
    func `the slip for a window has the number, the reasons and the way there`(language: Language) async throws {
        let paper = PaperFixtures.receipt(language) {
            $0.disposition = .handedOver([Localized(zh: "股权被冻结。", en: "The shares are frozen.")])
        }
        let text = try await PDFTools.text(of: layout.compose(paper))
        for expected in ["转窗口办理单", "DL01-20261121-0007", "股权被冻结。", "住房和城乡建设局的窗口"] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(!text.contains("受理回执"))
        #expect(text.contains("The shares are frozen.") == (language == .en))
    }

    @Test(arguments: Language.allCases)
    func `a sample form has every field filled in and says that it is a sample`(language: Language) async throws {
        for matter in SampleMatters.library.matters {
            let pdf = try layout.compose(PaperFixtures.paper(.sampleForm(matter, language)))
            #expect(try await PDFTools.isSound(pdf))
            let text = try await PDFTools.text(of: pdf).filter { !$0.isWhitespace }
            #expect(text.contains("样表，只供参考"))
            func expectShown(_ field: Field) {
                #expect(text.contains(field.label.zh.filter { !$0.isWhitespace }), "\(field.key)")
                guard let value = SampleText.shown(field, .zh) else { return }
                #expect(text.contains(value.filter { !$0.isWhitespace }), "\(field.key): \(value)")
            }
            for field in matter.fields {
                if case .records(let fields) = field.kind { fields.forEach(expectShown) } else { expectShown(field) }
            }
            for material in matter.materials { #expect(text.contains(material.title.zh), "\(material.key)") }
        }
    }

    @Test func `a list of what is needed has everything at once`() async throws {
        let list = Checklist(
            matterCode: "MKT-001", matterTitle: Localized(zh: "个体工商户设立登记", en: "Registration"),
            department: Localized(zh: "市场监督管理局", en: "Market Supervision"), day: PageSamples.today,
            reasons: [Localized(zh: "年龄不到十六岁。", en: "Under sixteen.")],
            openAnswers: [Localized(zh: "字号名称", en: "Name"), Localized(zh: "从业人数", en: "Staff")],
            papers: [
                .init(title: Localized(zh: "租赁合同", en: "Lease"), note: nil, state: .missing),
                .init(
                    title: Localized(zh: "健康证明", en: "Health certificate"), note: nil,
                    state: .later(PageSamples.today)),
                .init(
                    title: Localized(zh: "授权委托书", en: "Power of attorney"),
                    note: Localized(zh: "由别人代办时", en: "When someone else comes"), state: .sometimes),
                .init(title: Localized(zh: "居民身份证", en: "ID card"), note: nil, state: .present),
            ], notes: [Localized(zh: "另办食品许可。", en: "Food needs a permit of its own.")])
        let text = try await PDFTools.text(of: layout.compose(PaperFixtures.paper(.checklist(list, .zh))))
        for expected in [
            "一次性告知单", "年龄不到十六岁。", "字号名称、从业人数", "租赁合同", "要交", "2026年11月23日前补交", "由别人代办时", "已经有了",
            "另办食品许可。", "市场监督管理局的窗口",
        ] {
            #expect(text.contains(expected), "\(expected)")
        }
    }

    @Test(arguments: Language.allCases)
    func `a guide has what a matter takes and the questions people ask`(language: Language) async throws {
        let matter = SampleMatters.registration
        let text = try await PDFTools.text(of: layout.compose(PaperFixtures.paper(.guide(matter, language))))
        for expected in ["办事指南", matter.title.zh, "没有店面，能办吗？", "要房主同意", "1 个工作日", "不收费", "租赁合同", "等主管部门核对"] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(text.contains("Can I register without a shop?") == (language == .en))
    }

    @Test func `a long guide goes on further sheets`() async throws {
        var matter = SampleMatters.registration
        matter.questions = (1...60).map {
            Matter.Question(
                question: Localized(zh: "第 \($0) 个问题？", en: "Question \($0)?"),
                answer: Localized(zh: "第 \($0) 个回答。", en: "Answer \($0)."))
        }
        let pdf = try layout.compose(PaperFixtures.paper(.guide(matter, .en)))
        let count = try await PDFTools.sheetCount(of: pdf)
        #expect(count > 1)
        let text = try await PDFTools.text(of: pdf)
        #expect(text.contains("第 60 个回答。"))
        #expect(text.filter { !$0.isWhitespace }.contains("第\(count)页共\(count)页"))
    }

    @Test func `the code on a paper opens the office's page for it`() async throws {
        let receipt = try await PDFTools.code(of: layout.compose(PaperFixtures.receipt(.zh)))
        #expect(receipt == "https://office.example/verify?code=DL01-20261121-0007")
        let certificate = try await PDFTools.code(of: layout.compose(PaperFixtures.certificate(.en, rows: 3)))
        #expect(certificate == "https://office.example/verify?code=7H2K-9QMD")
    }

    @Test func `an address without the code gets it, encoded`() async throws {
        let paper = PaperFixtures.certificate(.zh, rows: 1, url: "https://office.example/v", code: "7H&K 9=#")
        #expect(try await PDFTools.code(of: layout.compose(paper)) == "https://office.example/v?code=7H%26K%209%3D%23")
    }

    @Test(arguments: Language.allCases)
    func `an ordinary receipt stands on one sheet`(language: Language) async throws {
        #expect(try await PDFTools.sheetCount(of: layout.compose(PaperFixtures.receipt(language))) == 1)
    }

    @Test(arguments: Language.allCases)
    func `long papers go on further sheets, which are numbered`(language: Language) async throws {
        let receipt = PaperFixtures.receipt(language, materials: 60)
        let certificate = PaperFixtures.certificate(language, rows: 70)
        for (paper, last) in [(receipt, "材料 60 号"), (certificate, "第 70 行")] {
            let pdf = try layout.compose(paper)
            let count = try await PDFTools.sheetCount(of: pdf)
            #expect(count > 1)
            let text = try await PDFTools.text(of: pdf)
            let dense = text.filter { !$0.isWhitespace }
            for index in 1...count { #expect(dense.contains("第\(index)页共\(count)页")) }
            #expect(text.contains(last))
        }
        let short = try layout.compose(PaperFixtures.certificate(language, rows: 2))
        #expect(try await PDFTools.sheetCount(of: short) == 1)
        #expect(try await !PDFTools.text(of: short).filter { !$0.isWhitespace }.contains("第1页"))
    }

    @Test(arguments: Language.allCases)
    func `papers are sound PDF files with their fonts inside`(language: Language) async throws {
        for paper in [
            PaperFixtures.receipt(language), PaperFixtures.receipt(language, materials: 60),
            PaperFixtures.certificate(language, rows: 30),
        ] {
            let pdf = try layout.compose(paper)
            #expect(try await PDFTools.isSound(pdf))
            let fonts = try await PDFTools.fonts(of: pdf)
            #expect(!fonts.isEmpty)
            for font in fonts { #expect(font.contains(" yes yes "), "\(font)") }
        }
    }

    @Test func `the same request gives the same bytes`() throws {
        for paper in [
            PaperFixtures.receipt(.en), PaperFixtures.paper(.sampleForm(SampleMatters.market, .zh)),
        ] {
            #expect(try layout.compose(paper) == layout.compose(paper))
        }
    }

    @Test func `texts that nobody planned stay on the paper`() async throws {
        let long = String(repeating: "某某街道办事处长名称", count: 400)
        var paper = PaperFixtures.receipt(.en)
        guard case .receipt(let accepted, var content) = paper.content else { return }
        content.applicant?.name = "长\u{0}名\u{7}字\u{1B}\n" + String(repeating: "W", count: 200)
        content.notes = [Localized(zh: long, en: String(repeating: "unbroken", count: 600))]
        content.materials = [
            CaseMaterial(key: "m", title: Localized(zh: long + "完", en: ""), entry: 3, state: .pages([]))
        ]
        content.workdays = 0
        paper.content = .receipt(accepted, content)
        let pdf = try layout.compose(paper)
        #expect(try await PDFTools.isSound(pdf))
        let text = try await PDFTools.text(of: pdf).filter { !$0.isWhitespace }
        #expect(text.contains("完"))
        #expect(text.components(separatedBy: "某某街道办事处长名称").count > 700)
    }
}

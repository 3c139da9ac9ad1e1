// Papers as a citizen and a clerk read them: their text, their code, and whether other programs accept them.

import Foundation
import KioskCore
import KioskShell
import Testing

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
            "个人参保证明", "人力资源和社会保障局", "王小样", "230199********0018", "企业职工基本养老保险", "7H2K-9QMD", "本证明以验证码核验为准",
        ] {
            #expect(text.contains(expected), "\(expected)")
        }
        #expect(text.components(separatedBy: "230199********0018").count == 2)
        #expect(text.contains("Verification code") == (language == .en))
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
        let paper = PaperFixtures.receipt(.en)
        #expect(try layout.compose(paper) == layout.compose(paper))
    }

    @Test func `texts that nobody planned stay on the paper`() async throws {
        let long = String(repeating: "某某街道办事处长名称", count: 400)
        var paper = PaperFixtures.receipt(.en)
        guard case .receipt(let accepted, var content) = paper.content else { return }
        content.applicant.name = "长\u{0}名\u{7}字\u{1B}\n" + String(repeating: "W", count: 200)
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

// Takes pages apart for the tests: every text on them, and everything that can be pressed.

import Foundation
import KioskCore

@testable import KioskShell

enum PageContents {
    /// Everything to press, in order: content, actions, bar, dialog.
    static func actions(of page: Page) -> [Action] {
        let inContent = page.nodes.flatMap { node -> [Action] in
            switch node.content {
            case .row(_, _, let change?): [change]
            case .picture(_, _, let remove?): [remove]
            default: []
            }
        }
        return inContent + page.actions + page.bar + (page.dialog?.actions ?? [])
    }

    /// Options by `node.option`.
    static func options(of page: Page) -> [(id: String, option: Node.Option)] {
        page.nodes.flatMap { node -> [(id: String, option: Node.Option)] in
            guard case .choice(_, let options, _, _, _) = node.content else { return [] }
            return options.map { ("\(node.id).\($0.id)", $0) }
        }
    }

    /// Every text a person reads, except what is typed into a field and the characters inside a QR code.
    static func texts(of page: Page) -> [String] {
        [page.title] + [page.matter, page.staffBanner].compactMap { $0 } + page.nodes.flatMap(texts)
            + actions(of: page).filter { $0.id != "bar.language" }.map(\.label)
            + (page.dialog.map { [$0.title, $0.text] } ?? [])
    }

    static func texts(of node: Node) -> [String] {
        switch node.content {
        case .heading(let text), .paragraph(let text): [text]
        case .bullet(let text, let note): [text] + [note].compactMap { $0 }
        case .notice(_, let title, let text), .device(_, _, let title, let text): [title, text]
        case .tile(let title, let detail, _): [title, detail]
        case .field(_, let label, _, let hint, _, let error): [label] + [hint, error].compactMap { $0 }
        case .choice(let label, let options, _, _, let error):
            [label] + options.map(\.label) + [error].compactMap { $0 }
        case .row(let label, let value, _), .number(let label, let value): [label, value]
        case .picture(_, let caption, _), .qrCode(_, let caption), .portrait(_, let caption): [caption]
        case .table(let title, let columns, let rows): [title] + columns + rows.flatMap { $0 }
        }
    }

    /// The whole page as JSON text, with what stands in a field for citizen numbers left out.
    static func document(of page: Page) throws -> String {
        var page = page
        page.nodes = page.nodes.map { node in
            guard case .field(.idNumber, let label, _, let hint, let required, let error) = node.content else {
                return node
            }
            return Node(
                node.id,
                .field(.idNumber, label: label, value: "", hint: hint, required: required, error: error))
        }
        return String(decoding: try JSONEncoder().encode(page), as: UTF8.self)
    }
}

extension String {
    /// Without what the invented citizens are called and where they live: that stays Chinese in every language.
    var withoutSampleData: String {
        ["陈志远", "王秀兰", "陈国栋", "示例省示例市样本区样本街1号", "示例省示例市样本区样本街8号", "志远百货店"]
            .reduce(self) { $0.replacingOccurrences(of: $1, with: "") }
    }

    /// Ideographs, kana-free CJK punctuation and full-width forms.
    var hasChinese: Bool {
        unicodeScalars.contains {
            (0x3000...0x303F).contains($0.value) || (0x3400...0x9FFF).contains($0.value)
                || (0xF900...0xFAFF).contains($0.value) || (0xFF00...0xFFEF).contains($0.value) || $0.value >= 0x20000
        }
    }

    /// Runs of two or more Latin letters.
    var latinWords: [String] {
        split { !($0.isASCII && $0.isLetter) }.map(String.init).filter { $0.count > 1 }
    }
}

// `kiosk-matters import`: first drafts of matter files from a catalogue.

import ArgumentParser
import Foundation
import KioskAuthoring

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make first drafts of matter files from the office's catalogue.",
        discussion: """
            The catalogue is a CSV file with the columns code, name_zh, kind, archetype, audience, identity, \
            materials, form_fields, conditions, output, legal_basis, time_limit_workdays and fee. Each draft is \
            written to OUT/MKT/MKT-001.yaml and holds TODO where a person must go on: “check” stops it until then. \
            A file that is there is never overwritten.

            \(Exits.help)
            """)

    @Argument(help: "The catalogue, a CSV file.") var catalogue: String
    @Option(name: .long, help: "Chinese labels of fields: a CSV file with scope, key and label_zh.") var labels: String?
    @Option(name: .long, help: "The folder to write to.") var out: String
    @Option(name: .long, parsing: .upToNextOption, help: "Only these codes.") var code: [String] = []

    func run() throws {
        let maker = CatalogueImport(labels: try labels.map(table))
        let wanted = Set(code.map { $0.uppercased() })
        var written = 0
        var present: [String] = []
        var missing = wanted
        for row in try table(catalogue).rows {
            guard let draft = maker.draft(row), wanted.isEmpty || wanted.contains(draft.code) else { continue }
            missing.remove(draft.code)
            let folder = "\(out)/\(draft.code.prefix(3))"
            let path = "\(folder)/\(draft.code).yaml"
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data(draft.text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
                written += 1
            } catch CocoaError.fileWriteFileExists {
                present.append(draft.code)
            } catch {
                throw Exits.cannot("cannot write \(path): check that the folder may be written to")
            }
        }
        for code in missing.sorted() { print("\(code): not in the catalogue") }
        for code in present { print("\(code): there is a file already; left as it is") }
        print("\(written) drafts; finish their TODOs, then run “kiosk-matters check \(out)”")
        if !missing.isEmpty || !present.isEmpty { throw Exits.findings }
    }

    private func table(_ path: String) throws -> CatalogueTable {
        guard let data = FileManager.default.contents(atPath: path) else { throw Exits.cannot("cannot read \(path)") }
        guard let text = String(data: data, encoding: .utf8), let table = CatalogueTable(text) else {
            throw Exits.cannot("\(path) is no CSV file in UTF-8, or a quote in it is never closed")
        }
        return table
    }
}

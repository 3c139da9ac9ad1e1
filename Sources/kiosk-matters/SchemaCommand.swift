// `kiosk-matters schema`: the JSON Schema of the matter files, for editors.

import ArgumentParser
import KioskAuthoring

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of the files of a matters folder.",
        discussion: """
            For editors that complete and check YAML: kiosk-matters schema > matters/matter.schema.json. \
            It says which keys and words there are; “check” says whether they fit together.
            """)

    func run() throws {
        print(try MatterSchema.text(), terminator: "")
    }
}

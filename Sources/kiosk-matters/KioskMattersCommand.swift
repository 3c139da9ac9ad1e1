// The command line for those who write matter files.

import ArgumentParser

@main
struct KioskMattersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kiosk-matters", abstract: "Checks, shows and tries the matter files of the terminals.",
        subcommands: [
            Check.self, MapCommand.self, PathsCommand.self, PreviewCommand.self, StoryCommand.self,
            WalkCommand.self, DiffCommand.self, SchemaCommand.self, Eval.self, ImportCommand.self,
        ])
}

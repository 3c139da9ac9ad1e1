// `kiosk render`: draws a page with invented data into a picture, without any device.

import ArgumentParser
import Foundation
import KioskCore
import KioskShell

struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a page with invented data into a PNG file.",
        discussion: "`kiosk render --list` prints the names of the pages.")

    enum PageLanguage: String, ExpressibleByArgument, CaseIterable {
        case zh, en
    }

    @Argument(help: "The page's name.") var page: String?
    @Option(name: .long, help: "The file to write.") var out: String?
    @Option(name: .long, help: "Language of the page.") var language = PageLanguage.zh
    @Flag(name: .long, help: "Large text.") var large = false
    @Option(name: .long, help: "Width in pixels.") var width = 1920
    @Option(name: .long, help: "Height in pixels.") var height = 1080
    @Option(name: .long, help: "Which screen of a long page, from 0.") var screen = 0
    @Flag(name: .long, help: "Print the names of the pages.") var list = false

    private var pageLanguage: Language { language == .zh ? .zh : .en }
    private var textSize: TextSize { large ? .large : .standard }

    func run() throws {
        if list {
            PageSamples.all(language: pageLanguage).forEach { print($0.id) }
            return
        }
        guard let page, let out else {
            throw ValidationError("give a page and --out FILE, or --list")
        }
        guard let sample = PageSamples.sample(page, language: pageLanguage, textSize: textSize) else {
            throw ValidationError("there is no page “\(page)”; --list prints them")
        }
        let image = try PageRenderer(width: width, height: height).render(sample.page, scroll: screen)
        try Data(try image.bitmap.png()).write(to: URL(filePath: out))
    }
}

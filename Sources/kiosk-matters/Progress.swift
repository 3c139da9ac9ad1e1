// Says how far a long command is, to a person who waits at a terminal.

import Foundation

enum Progress {
    /// One line that is written over; nil wipes it. Nothing when standard error is no terminal.
    static func show(_ words: String?) {
        guard isatty(2) == 1 else { return }
        FileHandle.standardError.write(Data(("\r\u{1B}[2K" + (words.map { $0 + " …" } ?? "")).utf8))
    }
}

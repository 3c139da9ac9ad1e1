// The colours' contrast and the type's sizes, against the standards they follow.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct ThemeTests {
    @Test func `black on white has the contrast of the standard`() {
        #expect(abs(Color(0x000000).contrast(with: Color(0xFFFFFF)) - 21) < 0.001)
        #expect(abs(Color(0x777777).contrast(with: Color(0xFFFFFF)) - 4.478) < 0.01)
    }

    @Test func `every text colour can be read on its ground`() {
        for pair in Theme.textPairs {
            #expect(pair.minimum >= 4.5)
            let contrast = pair.ink.contrast(with: pair.ground)
            #expect(contrast >= pair.minimum, "\(pair.name): \(contrast)")
        }
    }

    @Test func `every edge can be seen`() {
        for pair in Theme.edgePairs {
            let contrast = pair.line.contrast(with: pair.ground)
            #expect(contrast >= 3, "\(pair.name): \(contrast)")
        }
    }

    @Test func `no text is smaller than the standards allow`() {
        // Capitals of this family are 0.733 em high.
        for size in TextSize.allCases {
            let type = TypeScale(size)
            for font in [type.small, type.smallBold, type.body, type.heading, type.title, type.display] {
                #expect(font.size * 0.733 >= 26)
            }
        }
        #expect(TypeScale(.large).body.size * 0.733 >= 40)
    }
}

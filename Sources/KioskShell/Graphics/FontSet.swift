/// The product's own font configuration: one family, whatever else the machine has.

internal import CPangoCairo

/// Noto Sans CJK SC, regular and bold, under a fontconfig configuration that no file of the system can change.
///
/// `@unchecked Sendable`: the configuration is not changed after `init`, and fontconfig (2.10 and later) may be asked
/// from several threads.
final class FontSet: @unchecked Sendable {
    static let family = "Noto Sans CJK SC"

    /// Loaded once a process and kept: the fonts' index takes some milliseconds.
    static let shared = Result<FontSet, GraphicsError> { () throws(GraphicsError) in
        try FontSet(directory: "/usr/share/fonts/opentype/noto")
    }

    let config: OpaquePointer

    init(directory: String) throws(GraphicsError) {
        // The distribution's cache of that folder is used when it is fresh: reading the two collections takes far longer.
        let description = """
            <?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
            <dir>\(directory)</dir>
            <cachedir>/var/cache/fontconfig</cachedir><cachedir prefix="xdg">fontconfig</cachedir>
            <selectfont>
            <rejectfont><pattern><patelt name="scalable"><bool>true</bool></patelt></pattern></rejectfont>
            <acceptfont><pattern><patelt name="family"><string>\(Self.family)</string></patelt></pattern></acceptfont>
            </selectfont></fontconfig>
            """
        guard let config = FcConfigCreate() else { throw GraphicsError(.drawingFailed, "no font configuration") }
        let loaded = Array(description.utf8 + [0]).withUnsafeBufferPointer {
            FcConfigParseAndLoadFromMemory(config, $0.baseAddress, 0)
        }
        guard loaded != 0, FcConfigBuildFonts(config) != 0, let fonts = FcConfigGetFonts(config, FcSetSystem),
            fonts.pointee.nfont > 0
        else {
            FcConfigDestroy(config)
            throw GraphicsError(.fontMissing, "\(Self.family) is not in \(directory) (Debian: fonts-noto-cjk)")
        }
        // Pango starts fontconfig in a thread of its own; with a current configuration it does not read the system's.
        FcConfigSetCurrent(config)
        self.config = config
    }

    deinit {
        FcConfigDestroy(config)
    }
}

/// Finds the device nodes of serial lines.

internal import Glibc

enum SerialNodes {
    /// More than this many nodes are no kiosk.
    private static let nodesAtMost = 64

    /// The character devices whose path matches a pattern of glob(7), in the order of their names.
    static func matching(_ pattern: String) -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else { return [] }
        let count = min(Int(clamping: result.gl_pathc), nodesAtMost)
        return (0..<count).compactMap { index in
            guard let path = paths[index] else { return nil }
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return nil }
            return String(cString: path)
        }
    }

    /// Why the node cannot be opened by this process; nil when it can.
    static func obstacle(_ path: String) -> USBError? {
        guard access(path, R_OK | W_OK) != 0 else { return nil }
        return errno == ENOENT ? USBError(.noDevice, path) : USBError(.accessDenied, path)
    }
}

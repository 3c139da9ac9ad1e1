// Standard output and error without a buffer.

import Glibc

enum StandardOutput {
    static func writeLine(_ line: some Sequence<UInt8>) {
        write(line, to: STDOUT_FILENO)
    }
}

enum StandardError {
    static func writeLine(_ line: some Sequence<UInt8>) {
        write(line, to: STDERR_FILENO)
    }
}

private func write(_ line: some Sequence<UInt8>, to descriptor: Int32) {
    let bytes = Array(line) + [0x0A]
    var sent = 0
    while sent < bytes.count {
        let result = bytes.withUnsafeBytes { buffer in
            Glibc.write(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent)
        }
        guard result > 0 else { return }
        sent += result
    }
}

// Proportional memory of processes, and the page cache: what /proc says and takes.

import Foundation
import Glibc

enum Memory {
    /// Mebibytes: private pages whole, shared ones divided by how many processes map them (proc(5), smaps_rollup).
    static func proportional(_ process: Int32) throws -> Double {
        let path = "/proc/\(process)/smaps_rollup"
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { throw HallProblem("\(path) cannot be read") }
        return kibibytes / 1024
    }

    /// The process and all that it started.
    static func family(of process: Int32) -> [Int32] {
        var parents: [Int32: Int32] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = Int32(name),
                let data = FileManager.default.contents(atPath: "/proc/\(id)/stat"),
                // The name in parentheses may hold anything; the parent is the second word behind it.
                let rest = String(decoding: data, as: UTF8.self).split(separator: ")").last,
                let parent = rest.split(separator: " ").dropFirst().first.flatMap({ Int32($0) })
            else { continue }
            parents[id] = parent
        }
        var family = [process]
        var index = 0
        while index < family.count {
            family += parents.filter { $0.value == family[index] }.map(\.key)
            index += 1
        }
        return family
    }

    /// Writes out and forgets what the disk cache holds; false where that is not permitted.
    static func dropCaches() -> Bool {
        sync()
        let descriptor = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return write(descriptor, "3", 1) == 1
    }
}

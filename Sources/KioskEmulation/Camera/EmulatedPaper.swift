/// What may lie under the camera: JPEG photographs, sent byte for byte as they are.

import FoundationEssentials

/// One thing the camera can see.
public struct EmulatedPaper: Hashable, Sendable {
    public struct Size: Hashable, Sendable {
        public var width: UInt16
        public var height: UInt16

        public init(width: UInt16, height: UInt16) {
            self.width = width
            self.height = height
        }
    }

    /// One word, for the control socket.
    public var name: String
    public var title: String
    public var titleEnglish: String
    /// The photograph at any size that has none of its own.
    public var jpeg: [UInt8]
    public var jpegBySize: [Size: [UInt8]]

    public init(
        name: String, title: String, titleEnglish: String, jpeg: [UInt8], jpegBySize: [Size: [UInt8]] = [:]
    ) {
        self.name = name
        self.title = title
        self.titleEnglish = titleEnglish
        self.jpeg = jpeg
        self.jpegBySize = jpegBySize
    }

    func photograph(at size: Size) -> [UInt8] {
        jpegBySize[size] ?? jpeg
    }

    /// A dark platen with nothing on it.
    public static let emptyPlaten = flat(name: "platen", title: "空台面", titleEnglish: "nothing", level: 40)
    /// What the camera sees with its light off or its lens covered.
    public static let black = flat(name: "black", title: "全黑画面", titleEnglish: "black page", level: 4)

    private static func flat(name: String, title: String, titleEnglish: String, level: UInt8) -> EmulatedPaper {
        let images = UVCCamera.sizes.map { size in
            (size, FlatJPEG.make(width: size.width, height: size.height, level: level))
        }
        return EmulatedPaper(
            name: name, title: title, titleEnglish: titleEnglish, jpeg: images.last?.1 ?? [],
            jpegBySize: Dictionary(uniqueKeysWithValues: images))
    }
}

extension EmulatedPaper {
    private struct Title: Codable {
        var name: String
        var title: String
        var titleEnglish: String
    }

    /// Reads `NAME.jpg` for every size and `NAME.1920x1080.jpg` for one size. `papers.json`, a list of `name`, `title`
    /// and `titleEnglish`, gives the order and the titles; files it does not name follow by name.
    public static func load(directory: String) throws(EmulationError) -> [EmulatedPaper] {
        let manager = FileManager.default
        let files: [String]
        do {
            files = try manager.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw EmulationError(.file, "no folder of papers at \(directory)")
        }
        var titles: [Title] = []
        if files.contains("papers.json") {
            guard let data = manager.contents(atPath: directory + "/papers.json"),
                let list = try? JSONDecoder().decode([Title].self, from: data)
            else { throw EmulationError(.file, "papers.json is not a list of name, title, titleEnglish") }
            titles = list
        }
        var papers: [EmulatedPaper] = []
        for file in files where file.hasSuffix(".jpg") {
            let parts = file.dropLast(4).split(separator: ".", maxSplits: 1).map(String.init)
            guard let name = parts.first else { continue }
            guard let data = manager.contents(atPath: directory + "/" + file), data.starts(with: [0xFF, 0xD8]) else {
                throw EmulationError(.file, "\(file) is not a JPEG")
            }
            var index = papers.firstIndex { $0.name == name }
            if index == nil {
                let title = titles.first { $0.name == name }
                papers.append(
                    EmulatedPaper(
                        name: name, title: title?.title ?? name, titleEnglish: title?.titleEnglish ?? "", jpeg: []))
                index = papers.count - 1
            }
            guard let index else { continue }
            if parts.count == 2 {
                guard let size = Size(parts[1]) else {
                    throw EmulationError(.file, "\(file): the middle of the name is not a size")
                }
                papers[index].jpegBySize[size] = [UInt8](data)
            } else {
                papers[index].jpeg = [UInt8](data)
            }
        }
        if let bare = papers.first(where: \.jpeg.isEmpty) {
            throw EmulationError(.file, "\(bare.name).jpg is missing")
        }
        let order = titles.map(\.name)
        return papers.sorted { left, right in
            let ranks = [left, right].map { order.firstIndex(of: $0.name) ?? Int.max }
            return ranks[0] == ranks[1] ? left.name < right.name : ranks[0] < ranks[1]
        }
    }
}

extension EmulatedPaper.Size {
    /// `1920x1080`.
    init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { UInt16($0) }
        guard numbers.count == 2, let width = numbers[0], let height = numbers[1] else { return nil }
        self.init(width: width, height: height)
    }
}

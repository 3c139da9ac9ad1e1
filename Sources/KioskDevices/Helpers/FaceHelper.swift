/// Compares the person at the terminal with the card's photograph by a vendor's matcher in a helper process.

import FoundationEssentials
public import KioskCore

/// What a face helper answers, docs/card-photo-helpers.md.
enum FaceAnswer: Hashable, Sendable {
    case compared(HolderMatch)
    case noFace

    /// One line of JSON, at most this long.
    static let maximumLength = 4096

    /// Photo record and JPEG, each after its length in four bytes, most significant first.
    static func question(photoRecord: [UInt8], jpeg: [UInt8]) -> [UInt8] {
        func blob(_ bytes: [UInt8]) -> [UInt8] {
            let length = UInt32(clamping: bytes.count)
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + bytes
        }
        return blob(photoRecord) + blob(jpeg)
    }

    /// Strict: one object, the contract's keys and no others, a score from 0 to 1, a printable name of the matcher.
    init(_ line: [UInt8]) throws(HelperError) {
        let text = line.last == 0x0A ? line.dropLast() : line[...]
        guard text.count <= Self.maximumLength, !text.contains(where: { $0 < 0x20 }) else {
            throw .malformed("not one line")
        }
        let fields: Fields
        do {
            fields = try JSONDecoder().decode(Fields.self, from: Data(text))
        } catch {
            // The decoder's own words would repeat what the helper said.
            throw .malformed("not the contract's JSON")
        }
        switch (fields.same, fields.score, fields.matcher, fields.noFace) {
        case (nil, nil, nil, true?): self = .noFace
        case (let same?, let score?, let matcher?, nil):
            guard (0...1).contains(score) else { throw .malformed("score") }
            guard (1...100).contains(matcher.utf8.count),
                matcher.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
            else { throw .malformed("matcher") }
            self = .compared(HolderMatch(isSame: same, score: score, matcher: matcher))
        default: throw .malformed("keys")
        }
    }

    private struct Fields: Decodable {
        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        var same: Bool?
        var score: Double?
        var matcher: String?
        var noFace: Bool?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                switch key.stringValue {
                case "same": same = try container.decode(Bool.self, forKey: key)
                case "score": score = try container.decode(Double.self, forKey: key)
                case "matcher": matcher = try container.decode(String.self, forKey: key)
                case "noFace": noFace = try container.decode(Bool.self, forKey: key)
                default:
                    throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "unknown key")
                }
            }
        }
    }
}

/// Takes one picture with the face camera and asks the matcher once. Neither the picture nor the answer is kept.
public struct FaceHelper: HolderVerifier {
    private let process: HelperProcess
    private let camera: any DocumentCamera
    private let timeoutMilliseconds: Int

    /// `path`: the helper's program, absolute. `camera`: the one that looks at the person.
    public init(path: String, camera: any DocumentCamera) {
        self.init(path: path, camera: camera, timeoutMilliseconds: 5000)
    }

    init(path: String, camera: any DocumentCamera, timeoutMilliseconds: Int) {
        process = HelperProcess(path: path)
        self.camera = camera
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    public func verify(photoRecord: [UInt8]) async throws(Fault) -> HolderMatch {
        let picture: CapturedPage
        do throws(Fault) {
            picture = try await camera.capture()
        } catch {
            // An even picture shows no person.
            guard error.kind == .pageBlank else { throw error }
            throw Fault(.faceNotFound, responsible: .citizen, detail: "the face camera's picture is blank")
        }
        let answer: FaceAnswer
        do throws(HelperError) {
            answer = try FaceAnswer(
                try await process.run(
                    FaceAnswer.question(photoRecord: photoRecord, jpeg: picture.jpeg),
                    maximumOutput: FaceAnswer.maximumLength + 1, timeoutMilliseconds: timeoutMilliseconds))
        } catch {
            throw error.fault(.faceMatcherFailed)
        }
        switch answer {
        case .compared(let match): return match
        case .noFace: throw Fault(.faceNotFound, responsible: .citizen, detail: "the matcher saw no face")
        }
    }
}

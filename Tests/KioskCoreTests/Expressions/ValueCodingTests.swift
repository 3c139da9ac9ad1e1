// Values as JSON.

import Foundation
import Testing

@testable import KioskCore

@Suite("Expression values as JSON")
struct ValueCodingTests {
    private func decoded(_ json: String) throws -> ExpressionValue {
        try JSONDecoder().decode(ExpressionValue.self, from: Data(json.utf8))
    }

    static let values: [ExpressionValue] =
        [
            .null, .bool(true), .int(.min), .uint(.max), .double(-1.5), .double(.infinity), .string("法\0"),
            .bytes([0, 255, 62]), .list([.int(1), .list([])]),
            .map([.bool(true): .null, .int(3): .string("x"), "k": .map([:])]),
            .type("int"),
            .duration(ExpressionDuration(nanoseconds: -1_500_000_000)),
        ] + [ExpressionTimestamp(seconds: -1, nanoseconds: 5)].compactMap { $0.map(ExpressionValue.timestamp) }

    @Test("a value comes back as it was written", arguments: values)
    func roundTrip(value: ExpressionValue) throws {
        #expect(try JSONDecoder().decode(ExpressionValue.self, from: try JSONEncoder().encode(value)) == value)
    }

    @Test(
        "other forms of the mapping are read too",
        arguments: [
            (#"{"int64Value":3}"#, ExpressionValue.int(3)), (#"{"uint64Value":"7"}"#, .uint(7)),
            (#"{"doubleValue":"-Infinity"}"#, .double(-.infinity)), (#"{"doubleValue":2}"#, .double(2)),
            (#"{"bytesValue":"_-8"}"#, .bytes([0xFF, 0xEF])), (#"{"listValue":{}}"#, .list([])),
            (#"{"mapValue":{}}"#, .map([:])), (#"{"nullValue":"NULL_VALUE"}"#, .null),
        ])
    func forms(json: String, value: ExpressionValue) throws {
        #expect(try decoded(json) == value)
    }

    @Test(
        "what is no value is refused",
        arguments: [
            "{}", "[]", "3", #"{"int64Value":"3","boolValue":true}"#, #"{"int32Value":3}"#, #"{"int64Value":"x"}"#,
            #"{"int64Value":"9223372036854775808"}"#, #"{"uint64Value":-1}"#, #"{"int64Value":1.5}"#,
            #"{"bytesValue":"!"}"#, #"{"bytesValue":"A"}"#, #"{"bytesValue":"AA====="}"#, #"{"doubleValue":"x"}"#,
            #"{"mapValue":{"entries":[{"key":{"doubleValue":1},"value":{"nullValue":null}}]}}"#,
            #"{"mapValue":{"entries":[{"key":{"listValue":{}},"value":{"nullValue":null}}]}}"#,
            #"{"objectValue":{"@type":"type.googleapis.com/other","value":"1s"}}"#,
            #"{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1"}}"#,
            String(repeating: #"{"listValue":{"values":["#, count: 120) + String(repeating: "]}}", count: 120),
        ])
    func refuses(json: String) {
        #expect(throws: (any Error).self) { try decoded(json) }
    }

    @Test("a value that stands for too many is counted to the limit only")
    func counting() throws {
        let value = try Condition("[0]" + String(repeating: ".map(x, [x, x])", count: 60)).evaluate { _ in nil }
        #expect(value.count(upTo: 1000) == 1000)
        #expect(ExpressionValue.list([.int(1), .map(["a": .null])]).count(upTo: 1000) == 4)
    }
}

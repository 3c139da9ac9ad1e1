// A headless Chromium driven over `--remote-debugging-pipe`: JSON messages that end with NUL, on descriptors 3 and 4.

import Foundation
import Synchronization

/// Any JSON value.
enum JSONValue: Codable, Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral
{
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .number(Double(value)) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { first, _ in first }))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    subscript(key: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members[key] ?? .null
    }

    var text: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    var number: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }
}

struct DevToolsError: Error, CustomStringConvertible {
    var description: String
}

/// One browser process. Every wait has a deadline.
final class DevTools: Sendable {
    private struct Waiter {
        var matches: @Sendable (JSONValue) -> Bool
        var continuation: CheckedContinuation<JSONValue, any Error>
    }

    private struct State {
        var nextID = 1
        var answers: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
        var events: [JSONValue] = []
        var waiting: [Int: Waiter] = [:]
        var ended = false
    }

    static let deadlineSeconds = 60.0

    private let state = Mutex(State())
    private let process: pid_t
    private let commands: FileHandle
    private let profile: String

    /// Starts the browser with a profile of its own that goes with it.
    init(executable: String = "/usr/bin/chromium") throws {
        profile = NSTemporaryDirectory() + "chromium-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: profile, withIntermediateDirectories: true)
        let toBrowser = Pipe()
        let fromBrowser = Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The pipes close on exec; only what stands on 3 and 4 stays open. Copies far away first, so that a pipe that
        // is itself 3 or 4 here is not overwritten before it is used.
        posix_spawn_file_actions_adddup2(&actions, toBrowser.fileHandleForReading.fileDescriptor, 203)
        posix_spawn_file_actions_adddup2(&actions, fromBrowser.fileHandleForWriting.fileDescriptor, 204)
        posix_spawn_file_actions_adddup2(&actions, 203, 3)
        posix_spawn_file_actions_adddup2(&actions, 204, 4)
        posix_spawn_file_actions_addclose(&actions, 203)
        posix_spawn_file_actions_addclose(&actions, 204)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        for pipe in [toBrowser, fromBrowser] {
            for handle in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
                _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
            }
        }
        let arguments = [
            executable, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
            "--ignore-certificate-errors", "--window-size=1280,900", "--user-data-dir=\(profile)", "about:blank",
        ]
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var environment: [UnsafeMutablePointer<CChar>?] = ProcessInfo.processInfo.environment
            .map { strdup("\($0.key)=\($0.value)") }
        environment.append(nil)
        defer { for pointer in environment { free(pointer) } }
        // A browser that died must be an error here, not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        var spawned: pid_t = 0
        let failure = posix_spawn(&spawned, executable, &actions, nil, pointers, environment)
        guard failure == 0 else { throw DevToolsError(description: "cannot start \(executable): \(failure)") }
        process = spawned
        commands = toBrowser.fileHandleForWriting
        try toBrowser.fileHandleForReading.close()
        try fromBrowser.fileHandleForWriting.close()
        let answers = fromBrowser.fileHandleForReading
        let reader = Thread { [weak self] in
            var rest = Data()
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(answers.fileDescriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                rest.append(contentsOf: buffer.prefix(count))
                while let end = rest.firstIndex(of: 0) {
                    let message = rest[rest.startIndex..<end]
                    rest = Data(rest[rest.index(after: end)...])
                    if let value = try? JSONDecoder().decode(JSONValue.self, from: message) { self?.take(value) }
                }
            }
            self?.end()
        }
        reader.start()
    }

    deinit { close() }

    /// Ends the browser and removes its profile. Idempotent.
    func close() {
        guard
            !state.withLock({ state in
                defer { state.ended = true }
                return state.ended
            })
        else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        try? FileManager.default.removeItem(atPath: profile)
    }

    /// Sends a command and waits for its result.
    @discardableResult
    func call(_ method: String, _ parameters: JSONValue = [:], session: String? = nil) async throws -> JSONValue {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        var message: [String: JSONValue] = ["id": .number(Double(id)), "method": .string(method), "params": parameters]
        message["sessionId"] = session.map { .string($0) }
        let bytes = try JSONEncoder().encode(JSONValue.object(message)) + Data([0])
        return try await withCheckedThrowingContinuation { continuation in
            let open = state.withLock { state in
                if !state.ended { state.answers[id] = continuation }
                return !state.ended
            }
            guard open else { return continuation.resume(throwing: DevToolsError(description: "the browser ended")) }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.deadlineSeconds) { [weak self] in
                let late = self?.state.withLock { $0.answers.removeValue(forKey: id) }
                late?.resume(throwing: DevToolsError(description: "\(method) took too long"))
            }
            commands.write(bytes)
        }
    }

    /// How many events came so far: the place from which `event` looks on.
    var eventCount: Int { state.withLock { $0.events.count } }

    /// The first event of this name at or after `place` whose parameters pass, now or later.
    func event(
        _ method: String, from place: Int, where passes: @escaping @Sendable (JSONValue) -> Bool = { _ in true }
    ) async throws -> JSONValue {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let matches: @Sendable (JSONValue) -> Bool = { $0["method"].text == method && passes($0["params"]) }
        return try await withCheckedThrowingContinuation { continuation in
            let found: JSONValue? = state.withLock { state in
                if let event = state.events.dropFirst(place).first(where: matches) { return event }
                state.waiting[id] = Waiter(matches: matches, continuation: continuation)
                return nil
            }
            if let found { return continuation.resume(returning: found["params"]) }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.deadlineSeconds) { [weak self] in
                let late = self?.state.withLock { $0.waiting.removeValue(forKey: id) }
                late?.continuation.resume(throwing: DevToolsError(description: "no \(method) in time"))
            }
        }
    }

    private func take(_ message: JSONValue) {
        if let id = message["id"].number {
            let waiting = state.withLock { $0.answers.removeValue(forKey: Int(id)) }
            if let problem = message["error"]["message"].text {
                waiting?.resume(throwing: DevToolsError(description: problem))
            } else {
                waiting?.resume(returning: message["result"])
            }
            return
        }
        let ready = state.withLock { state in
            state.events.append(message)
            let ready = state.waiting.filter { $0.value.matches(message) }
            for id in ready.keys { state.waiting[id] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume(returning: message["params"]) }
    }

    private func end() {
        let (answers, events) = state.withLock { state in
            defer {
                state.answers = [:]
                state.waiting = [:]
            }
            return (Array(state.answers.values), state.waiting.values.map(\.continuation))
        }
        for continuation in answers + events {
            continuation.resume(throwing: DevToolsError(description: "the browser ended"))
        }
    }
}

/// One tab of the browser.
struct BrowserPage: Sendable {
    let browser: DevTools
    private let session: String

    init(_ browser: DevTools) async throws {
        self.browser = browser
        let target = try await browser.call("Target.createTarget", ["url": "about:blank"])["targetId"]
        let attached = try await browser.call("Target.attachToTarget", ["targetId": target, "flatten": true])
        session = attached["sessionId"].text ?? ""
        try await browser.call("Page.enable", session: session)
        try await browser.call("Page.setLifecycleEventsEnabled", ["enabled": true], session: session)
        try await browser.call("Runtime.enable", session: session)
    }

    /// Goes to an address and waits until the page with its pictures has loaded.
    func open(_ url: String) async throws {
        try await loading { try await browser.call("Page.navigate", ["url": .string(url)], session: session) }
    }

    /// Clicks an element that leads to another page, and waits for that page.
    func follow(_ selector: String) async throws {
        try await loading { try await click(selector) }
    }

    func click(_ selector: String) async throws {
        try await evaluate("document.querySelector(\(quoted(selector))).click()")
    }

    func type(_ text: String, into selector: String) async throws {
        try await evaluate("document.querySelector(\(quoted(selector))).value = \(quoted(text))")
    }

    /// The value of an expression; of a promise when it gives one.
    @discardableResult
    func evaluate(_ expression: String) async throws -> JSONValue {
        let answer = try await browser.call(
            "Runtime.evaluate",
            ["expression": .string(expression), "returnByValue": true, "awaitPromise": true], session: session)
        if let problem = answer["exceptionDetails"]["exception"]["description"].text {
            throw DevToolsError(description: problem)
        }
        return answer["result"]["value"]
    }

    /// Shows the page as a window of this size does.
    func resize(width: Int, height: Int) async throws {
        try await browser.call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": 1,
                "mobile": true,
            ],
            session: session)
    }

    /// A PNG of the whole page.
    func screenshot() async throws -> Data {
        let answer = try await browser.call(
            "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true], session: session)
        return Data(base64Encoded: answer["data"].text ?? "") ?? Data()
    }

    private func loading(_ action: () async throws -> Void) async throws {
        let place = browser.eventCount
        try await action()
        // The load of this very document: an earlier page's event may still be on its way.
        let document = try await browser.event("Page.frameNavigated", from: place) {
            $0["frame"]["url"].text != "about:blank"
        }
        let loader = document["frame"]["loaderId"]
        _ = try await browser.event("Page.lifecycleEvent", from: place) {
            $0["loaderId"] == loader && $0["name"].text == "load"
        }
    }

    private func quoted(_ text: String) -> String {
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

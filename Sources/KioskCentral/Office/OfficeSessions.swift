/// Who is signed in to the office pages: sign-in with growing waits, idle sign-out, tokens against forged requests.

import Crypto
import FoundationEssentials
import KioskCore
import NIOPosix

struct OfficeSession: Sendable {
    var user: String
    /// Goes with every form of this session (CSRF).
    var formToken: String
    var startedAt: Timestamp
    var seenAt: Timestamp
}

actor OfficeSessions {
    enum SignIn: Sendable {
        /// The cookie's value.
        case signedIn(String)
        case refused
        case locked(seconds: Int)
    }

    private struct Failures {
        var count: Int
        var lockedUntil: Timestamp
    }

    /// Signed out after this many seconds without a request.
    static let idleSeconds = 15 * 60
    /// Signed out after this many seconds in any case.
    static let longestSeconds = 10 * 3600
    /// Failures before the first wait.
    static let freeFailures = 5
    private static let firstWaitSeconds = 30
    private static let longestWaitSeconds = 3600
    private static let namesKept = 4096
    private static let sessionsKept = 1024
    private static let waitingAtMost = 16

    private let users: UserDirectory
    private let now: @Sendable () -> Timestamp
    /// A hash takes 32 MiB and a tenth of a second: one at a time, on a thread of their own.
    private let hashing = NIOThreadPool(numberOfThreads: 1)
    private var waiting = 0
    /// By SHA-256 of the cookie: memory shows no cookie.
    private var sessions: [ContentDigest: OfficeSession] = [:]
    private var failures: [String: Failures] = [:]
    /// Hashed against when the name is unknown, so that the time tells nothing.
    private var decoy: PasswordHash?

    init(users: UserDirectory, now: @escaping @Sendable () -> Timestamp) {
        self.users = users
        self.now = now
        hashing.start()
    }

    deinit { hashing.shutdownGracefully { _ in } }

    /// Names count whether they exist or not, so that the answer tells nothing of who does.
    func signIn(name: String, password: String) async throws -> SignIn {
        let key = String(name.prefix(64))
        if let failed = failures[key], failed.count >= Self.freeFailures, now() < failed.lockedUntil {
            return .locked(seconds: max(1, failed.lockedUntil.seconds(since: now())))
        }
        guard waiting < Self.waitingAtMost, password.utf8.count <= 1024 else {
            throw CentralError(.busy, "too many sign-ins wait")
        }
        waiting += 1
        defer { waiting -= 1 }
        let users = users
        let decoy = decoy
        let (matches, used) = try await hashing.runIfActive {
            if let hash = users.hash(of: name) { return (hash.matches(password), decoy) }
            let made = try decoy ?? PasswordHash(password: "nobody")
            _ = made.matches(password)
            return (false, made)
        }
        self.decoy = used
        // Requests that ran beside this one count too: a burst gets no more guesses than a row of them.
        if let failed = failures[key], failed.count >= Self.freeFailures, now() < failed.lockedUntil {
            return .locked(seconds: max(1, failed.lockedUntil.seconds(since: now())))
        }
        guard matches else {
            fail(key)
            return .refused
        }
        failures[key] = nil
        return .signedIn(open(name))
    }

    /// The session of a cookie, kept awake; nil when there is none or it slept too long.
    func session(cookie: String) -> OfficeSession? {
        let key = ContentDigest(of: Array(cookie.utf8))
        guard var session = sessions[key] else { return nil }
        let time = now()
        guard time.seconds(since: session.seenAt) < Self.idleSeconds,
            time.seconds(since: session.startedAt) < Self.longestSeconds
        else {
            sessions[key] = nil
            return nil
        }
        session.seenAt = time
        sessions[key] = session
        return session
    }

    func signOut(cookie: String) {
        sessions[ContentDigest(of: Array(cookie.utf8))] = nil
    }

    private func open(_ user: String) -> String {
        let time = now()
        sessions = sessions.filter { time.seconds(since: $0.value.seenAt) < Self.idleSeconds }
        if sessions.count >= Self.sessionsKept, let oldest = sessions.min(by: { $0.value.seenAt < $1.value.seenAt }) {
            sessions[oldest.key] = nil
        }
        let cookie = hexadecimal(randomBytes(32))
        sessions[ContentDigest(of: Array(cookie.utf8))] = OfficeSession(
            user: user, formToken: hexadecimal(randomBytes(32)), startedAt: time, seenAt: time)
        return cookie
    }

    /// From the fifth failure on 30 s, 60 s, 120 s … at most an hour.
    private func fail(_ name: String) {
        let time = now()
        if failures.count >= Self.namesKept, failures[name] == nil,
            let oldest = failures.min(by: { $0.value.lockedUntil < $1.value.lockedUntil })
        {
            failures[oldest.key] = nil
        }
        let count = min(64, (failures[name]?.count ?? 0) + 1)
        let doublings = min(16, max(0, count - Self.freeFailures))
        let wait = count < Self.freeFailures ? 0 : min(Self.longestWaitSeconds, Self.firstWaitSeconds << doublings)
        failures[name] = Failures(count: count, lockedUntil: time.adding(seconds: wait))
    }
}

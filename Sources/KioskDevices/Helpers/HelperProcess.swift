/// Runs a vendor's library in a process of its own for one question: input on its stdin, answer on its stdout.

internal import CLinux
import Dispatch
import Glibc
import KioskCore
import Synchronization

/// Why a helper gave no answer. Carries nothing of what it was asked or said.
enum HelperError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The program is not there or may not be run.
    case notStarted(Errno)
    /// Killed, because its time was over.
    case timedOut(milliseconds: Int)
    case crashed(signal: Int32)
    case failed(status: Int32)
    /// Killed, because it wrote more than an answer can have.
    case tooMuchOutput
    /// Its answer is none of the contract's.
    case malformed(String)
    case cancelled

    /// The port's fault; a question that nobody waits for any more is nobody's fault.
    func fault(_ kind: Fault.Kind) -> Fault {
        self == .cancelled
            ? Fault(.timedOut, responsible: .citizen, detail: description)
            : Fault(kind, responsible: .technician, detail: description)
    }

    var description: String {
        switch self {
        case .notStarted(let reason): "helper cannot be started: \(reason)"
        case .timedOut(let milliseconds): "helper gave no answer in \(milliseconds) ms"
        case .crashed(let signal): "helper crashed by signal \(signal)"
        case .failed(let status): "helper ended with status \(status)"
        case .tooMuchOutput: "helper wrote too much"
        case .malformed(let what): "helper answered wrongly: \(what)"
        case .cancelled: "cancelled"
        }
    }
}

/// The helper gets an empty environment, `/` as its folder, stderr on /dev/null and no descriptor but 0, 1 and 2. It
/// can write no file and leaves no core dump. When its answer is there, its time is over or nobody waits any more, its
/// whole process group is killed and it is waited for.
struct HelperProcess: Sendable {
    /// Absolute.
    var path: String

    /// Returns what the helper wrote, when it ended with status 0. Blocks a thread of its own, none of the
    /// cooperative pool.
    func run(
        _ input: [UInt8], maximumOutput: Int, timeoutMilliseconds: Int
    ) async throws(HelperError) -> [UInt8] {
        let wakeup: Wakeup
        do {
            wakeup = try Wakeup()
        } catch {
            throw .notStarted(error)
        }
        let question = HelperQuestion(
            path: path, input: input, maximumOutput: maximumOutput, milliseconds: timeoutMilliseconds, wakeup: wakeup)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "helper").async {
                    withoutPipeSignal {
                        question.ask { continuation.resume(returning: $0) }
                    }
                }
            }
        } onCancel: {
            question.cancel()
        }
        return try result.get()
    }
}

/// One run of a helper, on one thread; `cancel` from any.
private final class HelperQuestion: Sendable {
    private let path: String
    private let input: [UInt8]
    private let maximumOutput: Int
    private let milliseconds: Int
    private let wakeup: Wakeup
    private let isCancelled = Atomic(false)

    init(path: String, input: [UInt8], maximumOutput: Int, milliseconds: Int, wakeup: Wakeup) {
        self.path = path
        self.input = input
        self.maximumOutput = maximumOutput
        self.milliseconds = milliseconds
        self.wakeup = wakeup
    }

    func cancel() {
        isCancelled.store(true, ordering: .releasing)
        wakeup.signal()
    }

    /// Starts the helper, asks it, kills what is left of it, calls `deliver` once, and returns when it is gone.
    func ask(_ deliver: (Result<[UInt8], HelperError>) -> Void) {
        let deadline = monotonicMilliseconds() + Int64(milliseconds)
        let process: pid_t
        let stdin: Descriptor
        let stdout: Descriptor
        do throws(Errno) {
            let toHelper = try Descriptor.pipe()
            let fromHelper = try Descriptor.pipe()
            process = try start(stdin: toHelper.input.number, stdout: fromHelper.output.number)
            stdin = toHelper.output
            stdout = fromHelper.input
        } catch {
            return deliver(.failure(.notStarted(error)))
        }
        let result: Result<[UInt8], HelperError>
        do throws(HelperError) {
            try limit(process)
            let answer = try converse(stdin, stdout, deadline)
            try awaitExit(of: process, deadline)
            result = .success(answer)
        } catch {
            result = .failure(error)
        }
        // Also what it started itself. Its number is not given away before it is waited for.
        _ = kill(-process, SIGKILL)
        let isGone = reap(process, until: monotonicMilliseconds() + 200)
        deliver(result)
        // A process in the middle of a device's system call dies when that returns; nobody waits for it but this thread.
        if !isGone { while waitpid(process, nil, 0) < 0, errno == EINTR {} }
    }

    /// Before it has been told anything: neither a file nor a core dump will hold what it is told.
    private func limit(_ process: pid_t) throws(HelperError) {
        var nothing = rlimit(rlim_cur: 0, rlim_max: 0)
        for resource in [RLIMIT_CORE, RLIMIT_FSIZE] {
            guard prlimit(process, Int32(resource.rawValue), &nothing, nil) == 0 else { throw .notStarted(.last) }
        }
    }

    private func start(stdin: Int32, stdout: Int32) throws(Errno) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // Ours are above 2, so that none is overwritten before it is taken.
        guard min(stdin, stdout) > 2 else { throw Errno(number: EBADF) }
        posix_spawn_file_actions_adddup2(&actions, stdin, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        posix_spawn_file_actions_addchdir_np(&actions, "/")
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var process: pid_t = 0
        let failure = path.withCString { path in
            var arguments = [UnsafeMutablePointer(mutating: path), nil]
            var environment: [UnsafeMutablePointer<CChar>?] = [nil]
            return posix_spawn(&process, path, &actions, &attributes, &arguments, &environment)
        }
        guard failure == 0 else { throw Errno(number: failure) }
        return process
    }

    /// Writes the input and reads until the helper closes its stdout. A helper may answer before it has read all.
    private func converse(
        _ stdin: consuming Descriptor, _ stdout: borrowing Descriptor, _ deadline: Int64
    ) throws(HelperError) -> [UInt8] {
        _ = fcntl(stdin.number, F_SETFL, O_NONBLOCK)
        _ = fcntl(stdout.number, F_SETFL, O_NONBLOCK)
        var writer: Descriptor? = stdin
        var written = 0
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            var events = [pollfd(fd: stdout.number, events: Int16(POLLIN), revents: 0)]
            if let number = writer?.number {
                written += try write(input[written...], to: number)
                if written == input.count {
                    writer = nil
                } else {
                    events.append(pollfd(fd: number, events: Int16(POLLOUT), revents: 0))
                }
            }
            switch read(stdout.number, &chunk, chunk.count) {
            case 0: return answer
            case let count where count > 0:
                guard answer.count + count <= maximumOutput else { throw .tooMuchOutput }
                answer += chunk[..<count]
            default:
                guard errno == EAGAIN || errno == EINTR else { throw .malformed("stdout: \(Errno.last)") }
                try wait(events, deadline)
            }
        }
    }

    /// Returns how much was taken. What a helper does not want to read counts as taken.
    private func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(HelperError) -> Int {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 { return count }
        switch errno {
        case EAGAIN, EINTR: return 0
        case EPIPE: return bytes.count
        default: throw .malformed("stdin: \(Errno.last)")
        }
    }

    /// A helper that has closed its stdout is about to end; nothing tells of it but asking.
    private func awaitExit(of process: pid_t, _ deadline: Int64) throws(HelperError) {
        while true {
            var end = siginfo_t()
            let code = waitid(P_PID, id_t(bitPattern: process), &end, WEXITED | WNOHANG | WNOWAIT)
            guard code == 0 || errno == EINTR else { throw .malformed("its end: \(Errno.last)") }
            let child = end._sifields._sigchld
            guard code == 0, child.si_pid == process else {
                try wait([], deadline, atMost: 2)
                continue
            }
            guard end.si_code == Int32(CLD_EXITED) else { throw .crashed(signal: child.si_status) }
            guard child.si_status == 0 else { throw .failed(status: child.si_status) }
            return
        }
    }

    /// Waits for one of these events, or `atMost` so many milliseconds.
    private func wait(_ events: [pollfd], _ deadline: Int64, atMost: Int64 = .max) throws(HelperError) {
        let left = deadline - monotonicMilliseconds()
        guard left > 0 else { throw .timedOut(milliseconds: milliseconds) }
        do {
            _ = try wakeup.wait(for: events, milliseconds: Int(clamping: min(left, atMost)))
        } catch {
            throw .malformed("poll: \(error)")
        }
        if isCancelled.load(ordering: .acquiring) { throw .cancelled }
    }

    /// Waits for a killed process; false when it is still there.
    private func reap(_ process: pid_t, until deadline: Int64) -> Bool {
        while monotonicMilliseconds() < deadline {
            let code = waitpid(process, nil, WNOHANG)
            if code == process || (code < 0 && errno != EINTR) { return true }
            _ = try? wakeup.wait(for: [], milliseconds: 1)
        }
        return false
    }
}

/// A helper that ends before it has read everything must not end this process: a write to its pipe raises SIGPIPE.
private func withoutPipeSignal(_ body: () -> Void) {
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    body()
    if sigismember(&before, SIGPIPE) == 0 {
        var atOnce = timespec()
        while sigtimedwait(&pipe, nil, &atOnce) == SIGPIPE {}
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
}

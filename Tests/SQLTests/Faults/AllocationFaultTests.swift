import Glibc
import Support
import Testing

@testable import SQL

/// Fails every allocation that SQLite makes; in a process of its own, whose end tells of a crash.
@Suite(.serialized) struct AllocationFaultTests {
    /// The program lies beside the bundle of tests that runs.
    private static let program: String? = {
        var path = [CChar](repeating: 0, count: 4096)
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return nil }
        let own = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var places = CommandLine.arguments.filter { $0.contains(".xctest") } + [own]
        places = places.compactMap { place in
            place.lastIndex(of: "/").map { String(place[...$0]) + "AllocationFaults" }
        }
        return places.first { access($0, X_OK) == 0 }
    }()

    private func run(_ mode: String, _ plan: String) async throws -> (status: Int32, said: String) {
        let directory = try TemporaryDirectory("allocation-faults")
        let program = try #require(Self.program, "the program is not beside the tests")
        let words = [program, mode, plan]
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let output = directory.file("output")
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var pid = pid_t()
        try #require(posix_spawn(&pid, program, &actions, nil, &arguments, environ) == 0)
        let status = try await Self.end(of: pid)
        return (status, String(decoding: try FileBytes.of(output), as: UTF8.self))
    }

    /// Waits on a thread of its own: those of the tests are few, and a sweep takes a minute.
    private static func end(of pid: pid_t) async throws -> Int32 {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int32, any Error>) in
            do {
                try SQLiteThread.start(named: "sweep") {
                    var status: Int32 = -1
                    waitpid(pid, &status, 0)
                    continuation.resume(returning: status)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["cold", "warm"], ["once", "from"])
    func noFailedAllocationLosesDoublesHalvesOrCrashes(_ mode: String, _ plan: String) async throws {
        let (status, said) = try await run(mode, plan)
        #expect(status == 0, "\(said)")
        #expect(said.contains("allocations failed in turn, 0 faults"))
    }
}

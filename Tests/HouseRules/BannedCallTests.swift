import Testing

/// What is not written here, and what needs its reason beside it.
struct BannedCallTests {
    struct Ban: Sendable, CustomTestStringConvertible {
        /// Stands on every line that the pattern matches: an expression alone is slow over the whole tree.
        let word: String
        let pattern: String
        let reason: String
        var exempt = "\0"

        var testDescription: String { pattern }
    }

    /// Awaited where it is started, so nothing outlives the run; it must not inherit the run's cancellation.
    private static let detachedAndAwaited = "Sources/Monitor/Probes/Scheduling/ProbeRunner.swift"

    private static let bans = [
        Ban(
            word: "Task", pattern: #"\bTask\s*(\([^)]*\))?\s*\{"#,
            reason: "does not inherit the loop: Task.immediate, or a group"),
        Ban(
            word: "Task", pattern: #"\bTask\.detached\b"#, reason: "nobody cancels it: a group",
            exempt: detachedAndAwaited),
        Ban(word: "DispatchQueue", pattern: #"\bDispatchQueue\b"#, reason: "threads are the reactor's and the store's"),
        Ban(word: "Dispatch", pattern: #"\bimport Dispatch\b"#, reason: "threads are the reactor's and the store's"),
        Ban(word: "Thread", pattern: #"\bThread\.sleep\b"#, reason: "a clock that is handed in"),
        Ban(
            word: "usleep", pattern: #"\busleep\("#, reason: "a clock that is handed in",
            exempt: "Sources/signalbox/Commands/Demo/"),
        Ban(word: "print", pattern: #"(?:^|[^\w.])print\("#, reason: "the log", exempt: "Sources/signalbox/Commands/"),
        Ban(word: "try!", pattern: #"\btry!"#, reason: "an error that is handled"),
        Ban(word: "fatalError", pattern: #"\bfatalError\b"#, reason: "an error that is thrown"),
    ]

    @Test(arguments: bans) func bannedCallIsNotMade(_ ban: Ban) throws {
        let pattern = try Regex(ban.pattern)
        for file in Repository.sources where !file.path.hasPrefix(ban.exempt) {
            for (index, line) in file.code.enumerated() where line.contains(ban.word) && line.contains(pattern) {
                Issue.record("\(file.path):\(index + 1): \(ban.reason)")
            }
        }
    }

    @Test(arguments: ["@unchecked Sendable", "unowned ", "unowned(", "nonisolated(unsafe)"])
    func promiseToTheCompilerHasItsReasonBesideIt(_ text: String) {
        for file in Repository.sources {
            for (index, line) in file.code.enumerated() where line.contains(text) {
                #expect(file.hasComment(near: index + 1), "\(file.path):\(index + 1) has no reason")
            }
        }
    }

    @Test func testsDoNotSleepToWait() {
        for file in Repository.tests where file.target != "HouseRules" {
            for (index, line) in file.code.enumerated() where line.contains("Thread.sleep") {
                Issue.record("\(file.path):\(index + 1)")
            }
        }
    }

    @Test func nothingIsLeftToBeDoneLater() {
        for file in Repository.sources {
            for (index, line) in file.lines.enumerated() where line.contains("TODO") || line.contains("FIXME") {
                Issue.record("\(file.path):\(index + 1)")
            }
        }
    }
}

import Domain
import Glibc
import Migrations
import SQL
import Support
import Synchronization

@testable import Archive

/// A file of answers in a directory of its own, with a clock that is moved by hand.
final class ArchiveHarness: Sendable {
    let directory: TemporaryDirectory
    let clock = HandClock()
    /// Milliseconds.
    let uptime = Mutex<Int64>(0)
    let allowed = Mutex<Set<String>>(["d", "e"])
    let isDiskLow = Mutex(false)
    let troubles = Mutex<[ArchiveTrouble]>([])
    private let bytesMax: Int

    init(bytesMax: Int = 16 << 20) throws {
        directory = try TemporaryDirectory("archive")
        self.bytesMax = bytesMax
    }

    var path: String { directory.file("cache.sqlite") }

    func file(
        path: String? = nil, bytesMax: Int? = nil, report: @escaping @Sendable (ArchiveTrouble) -> Void = { _ in }
    ) -> AnswerFile {
        AnswerFile(
            path: path ?? self.path, bytesMax: bytesMax ?? self.bytesMax, migrations: Migrations.cache,
            clock: WallClock { [clock] in clock.now },
            uptime: { .milliseconds(self.uptime.withLock { $0 }) },
            allowedDeployments: { self.allowed.withLock { $0 } },
            isDiskLow: { self.isDiskLow.withLock { $0 } },
            report: { trouble in
                self.troubles.withLock { $0.append(trouble) }
                report(trouble)
            })
    }

    func opened() async throws -> AnswerFile {
        let file = file()
        await file.open()
        return file
    }

    /// A connection of somebody else.
    func database() throws -> SQLiteDatabase {
        try SQLiteDatabase(SQLiteOptions(path: path), migrations: Migrations.cache)
    }

    /// Does all that there is to do.
    func written(_ file: AnswerFile) async { while await file.turn() {} }

    func key(_ number: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(number))
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    func answer(
        _ number: Int, deployment: String = "d", body: [UInt8] = [1], cuts: [Range<Int>] = [], seconds: Int64 = 60,
        tokens: Outcome.Tokens? = .init(input: 7, output: 3, cached: 2, reasoning: 1), cost: Int64? = 6_000
    ) -> ArchivedAnswer {
        var answer = ArchivedAnswer(
            key: key(number), deploymentID: deployment, madeAt: clock.now,
            expiresAt: clock.now.advanced(byMilliseconds: seconds * 1_000), body: body,
            served: OutcomeArm(
                project: "default", deploymentID: deployment, deployment: "bot", environment: "production", revision: 3,
                variant: "v", provider: "main", model: "m@1", prompt: "p@1"))
        answer.isStream = !cuts.isEmpty
        answer.usageCuts = cuts
        answer.tokens = tokens
        answer.finishReason = "stop"
        answer.costMicroUSD = cost
        return answer
    }

    func found(_ number: Int, in file: AnswerFile, ageMax: Int = .max) async -> ArchivedAnswer? {
        await file.answer(key(number), ageMax: ageMax)
    }

    /// Has time go by.
    /// - Parameter shown: by how much the clock goes on, where somebody sets it meanwhile.
    func pass(seconds: Int64, shown: Int64? = nil) {
        uptime.withLock { $0 += seconds * 1_000 }
        clock.advance(milliseconds: (shown ?? seconds) * 1_000)
    }

    // MARK: Bytes

    var bytes: Int? {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : nil
    }

    func read() throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Unreadable() }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: self.bytes ?? 0)
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else { throw Unreadable() }
        return bytes
    }

    func write(_ bytes: [UInt8]) throws {
        guard let file = fopen(path, "w") else { throw Unreadable() }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Unreadable() }
    }

    struct Unreadable: Error {}
}

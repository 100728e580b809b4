import Domain
import HTTP
import JSON
import Migrations
import REST
import Reactor
import SQL
import Support
import Synchronization

@testable import Batch

/// Files and batches over a real batch.sqlite: the clock is moved by hand, lines are answered by a closure, and the end
/// of a batch is told.
final class BatchHarness: Sendable {
    final class Disk: Sendable {
        let freeBytes = Mutex<Int?>(nil)
    }

    let directory: TemporaryDirectory
    let database: PlannedDatabase
    /// The same, as the runner has it.
    let faults: FaultyDatabase
    let clock = HandClock()
    let identifiers: IdentifierGenerator
    let settings: BatchSettings
    let room: StorageRoom
    /// What is free on the disk.
    let disk = Disk()
    let runner: BatchRunner
    let endpoints: [Endpoint]
    private let serving = EndpointServing(authenticator: FixedAuthenticator())
    private let router: Router
    private let ended: AsyncStream<String>

    /// Shared by the tests, and never stopped.
    static let loop: EventLoop? = {
        let loop = try? EventLoop(name: "batch-test")
        loop?.start()
        return loop
    }()

    static let quick: BatchSettings = {
        var settings = BatchSettings()
        settings.backoffMilliseconds = 1
        settings.waitMinMilliseconds = 1
        settings.backoffMaxMilliseconds = 5
        settings.lineWaitMaxMilliseconds = 5
        settings.pollMilliseconds = 1
        settings.retryMilliseconds = 1
        return settings
    }()

    static func principal(_ keyID: String) -> Principal? {
        FixedAuthenticator().principal(for: Array(keyID.utf8)[...])
    }

    static let good: BatchSources.Call = { line in
        BatchLineAnswer(status: 200, body: Array(#"{"id":"a"}"#.utf8), verdict: .final)
    }

    init(
        settings: BatchSettings = BatchHarness.quick, pagesMax: Int? = nil,
        call: @escaping BatchSources.Call = BatchHarness.good,
        principal: @escaping BatchSources.Principals = BatchHarness.principal,
        serves: @escaping BatchSources.Models = { _, _ in true },
        isBusy: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (any Error) -> Void = { _ in },
        held: @escaping @Sendable (String, String?, LaneHold?) -> Void = { _, _, _ in }
    ) throws {
        directory = try TemporaryDirectory("batch")
        var options = SQLiteOptions(path: directory.file("batch.sqlite"))
        options.pageCountMax = pagesMax
        let database = PlannedDatabase(try SQLiteDatabase(options, migrations: Migrations.batch))
        self.database = database
        faults = FaultyDatabase(database)
        self.settings = settings
        let room = StorageRoom(settings) { [disk] in disk.freeBytes.withLock { $0 } }
        self.room = room
        let (ended, continuation) = AsyncStream.makeStream(of: String.self)
        self.ended = ended
        let wall = WallClock { [clock] in clock.now }
        identifiers = IdentifierGenerator(clock: wall, random: SeededGenerator(seed: 7))
        runner = BatchRunner(
            database: faults, clock: wall, identifiers: identifiers,
            sources: BatchSources(call: call, principal: principal, serves: serves, isBusy: isBusy),
            settings: settings, room: room, report: report, held: held,
            ended: { continuation.yield($0) })
        endpoints =
            FileEndpoints(
                database: database, clock: wall, identifiers: identifiers, settings: settings, room: room,
                errors: .problem,
                deleted: {}
            ).endpoints
            + BatchEndpoints(
                database: database, clock: wall, identifiers: identifiers, settings: settings, room: room,
                errors: .problem,
                runner: runner
            ).endpoints
        router = try Router(serving.routes(endpoints))
    }

    /// The same file, as the next process finds it.
    func successor(call: @escaping BatchSources.Call = BatchHarness.good) -> (BatchRunner, AsyncStream<String>) {
        let (ended, continuation) = AsyncStream.makeStream(of: String.self)
        let runner = BatchRunner(
            database: database, clock: WallClock { [clock] in clock.now }, identifiers: identifiers,
            sources: BatchSources(call: call, principal: Self.principal), settings: settings, room: room,
            ended: { continuation.yield($0) })
        return (runner, ended)
    }

    /// Runs the runner while `body` runs, then ends it.
    func running<T: Sendable>(
        _ other: BatchRunner? = nil, _ body: () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [runner] in await (other ?? runner).run() }
            let result = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    /// Waits until the runner has let go of a batch.
    func batchEnded(_ count: Int = 1) async {
        var left = count
        for await _ in ended {
            left -= 1
            if left == 0 { return }
        }
    }

    func send(
        _ method: Method, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = [],
        as key: String = "admin"
    ) async throws -> Reply {
        guard let loop = Self.loop else { throw SQLError.closed }
        var fields = [("Host", "localhost"), ("Authorization", "Bearer \(key)")] + headers
        if body != nil { fields.append(("Content-Type", "application/json")) }
        let head = RequestHead(method: method, target: path, fields: fields)
        guard case .found(let route, let parameters) = router.match(method: method, path: head.path),
            let endpoint = endpoints.first(where: { $0.method == route.method && $0.path == route.path })
        else { return Reply(Response(status: 404)) }
        let request = Request(head: head, body: body?.encoded() ?? [], parameters: parameters, loop: loop)
        return Reply(await serving.serve(endpoint, request))
    }

    // MARK: What most tests begin with

    /// As an upload stores it.
    func store(_ bytes: [UInt8], project: String = "default", as key: String = "admin") async throws -> String {
        let file = StoredFile(
            id: StoredFile.prefix + identifiers.next(), project: project, purpose: .batch, filename: "requests.jsonl",
            bytes: 0, createdAt: clock.now)
        let chunks = stride(from: 0, to: bytes.count, by: FileStore.chunkBytes).map {
            Array(bytes[$0..<min($0 + FileStore.chunkBytes, bytes.count)])
        }
        try await database.write { transaction in
            try FileStore.begin(file, by: "key:\(key)", in: transaction)
            try FileStore.append(chunks, from: 0, to: file.id, in: transaction)
            _ = try FileStore.complete(file.id, filename: file.filename, expiresAt: nil, in: transaction)
        }
        return file.id
    }

    static let endpoint = "/v1/chat/completions"

    static func line(_ id: String, model: String = "bot", _ changes: JSONValue = [:]) -> JSONValue {
        let line: JSONValue = [
            "custom_id": .string(id), "method": "POST", "url": .string(endpoint),
            "body": ["model": .string(model), "messages": [["role": "user", "content": .string("of \(id)")]]],
        ]
        return line.mergePatched(with: changes)
    }

    /// `line-0` and those that follow it.
    static func lines(_ count: Int, model: String = "bot") -> [JSONValue] {
        (0..<count).map { line("line-\($0)", model: model) }
    }

    /// What a line was, by how it was asked: `of line-7`.
    static func name(_ line: BatchLineRequest) -> String {
        (try? JSONValue(parsing: line.body))?["messages"]?[0]?["content"]?.stringValue ?? ""
    }

    /// Of its lines: all, completed, failed.
    static func counts(_ batch: JSONValue) -> [Int?] {
        ["total", "completed", "failed"].map { batch["request_counts"]?[$0]?.intValue }
    }

    static func file(_ lines: [JSONValue]) -> [UInt8] {
        lines.flatMap { $0.encoded() + [UInt8(ascii: "\n")] }
    }

    func create(_ file: String, headers: [(String, String)] = [], as key: String = "admin") async throws -> Reply {
        try await send(
            .post, "/v1/batches",
            ["input_file_id": .string(file), "endpoint": .string(Self.endpoint), "completion_window": "24h"],
            headers: headers, as: key)
    }

    /// Makes a batch of these lines.
    func begin(_ lines: [JSONValue]) async throws -> String {
        let file = try await store(Self.file(lines))
        return try await create(file).json["id"]?.stringValue ?? ""
    }

    func batch(_ id: String) async throws -> JSONValue { try await send(.get, "/v1/batches/\(id)").json }

    /// An output or error file as it is read.
    func output(_ id: String, isError: Bool) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        var last = 0
        while true {
            let after = last
            let part = try await database.read { connection in
                try LineStore.answers(of: id, isError: isError, after: after, bytesMax: 10_000, in: connection)
            }
            guard let part else { return bytes }
            bytes += part.bytes
            last = part.last
        }
    }

    /// Its lines, in order.
    func answers(_ id: String, isError: Bool) async throws -> [JSONValue] {
        try await output(id, isError: isError).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: $0) }
    }
}

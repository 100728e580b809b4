package import Domain
package import HTTP
package import JSON
import Migrations
package import REST
import Reactor
package import SQL

/// A control plane in process: a real control.sqlite in a directory of its own, a clock that is moved by hand, seeded
/// ids, three keys (`admin`, `viewer`, `other`: the administrator of another project), and the endpoints under test.
package final class ControlPlaneHarness: Sendable {
    package let directory: TemporaryDirectory
    package let control: SQLiteDatabase
    package let clock: HandClock
    package let mutations: Mutations
    private let router: Router
    private let serving: EndpointServing
    package let endpoints: [Endpoint]
    private let loop: EventLoop

    /// - Parameters:
    ///   - sources: what rebuilds a stale snapshot.
    ///   - authenticator: made with the clock of this harness; three fixed keys by default.
    ///   - endpoints: made with the database and the mutations of this harness.
    package init(
        sources: [Mutation.StaleSnapshot: any SnapshotSource] = [:],
        authenticator: (WallClock) -> any Authenticator = { _ in FixedAuthenticator() },
        endpoints: (_ control: any Database, _ mutations: Mutations) -> [Endpoint]
    ) async throws {
        directory = try TemporaryDirectory("control")
        control = try SQLiteDatabase(
            SQLiteOptions(path: directory.file("control.sqlite")), migrations: Migrations.control)
        try await control.write { transaction in
            try transaction.execute(
                "INSERT INTO projects (id, name, created_at) VALUES ('other', 'other', 0)")
        }
        let hand = HandClock()
        clock = hand
        let wall = WallClock { hand.now }
        mutations = Mutations(
            database: control, clock: wall,
            identifiers: IdentifierGenerator(clock: wall, random: SeededGenerator(seed: 7)),
            digest: Self.digest, sources: sources)
        self.endpoints = endpoints(control, mutations)
        serving = EndpointServing(authenticator: authenticator(wall))
        router = try Router(serving.routes(self.endpoints))
        loop = try EventLoop(name: "harness")
    }

    /// 256 bits that depend on every byte; not cryptographic, but as good where nobody attacks.
    package static let digest: Mutations.Digest = { bytes in
        let text = bytes.map { String($0, radix: 16) }.joined(separator: ",")
        return (0..<4 as Range<UInt64>).flatMap { seed -> [UInt8] in
            let hash = StableHash.hash(text, seed: seed)
            return (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
        }
    }

    /// Sends a request through router, authentication, validation and handler.
    /// - Parameter path: raw, with its query.
    package func send(
        _ method: Method, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = [],
        as key: String = "admin"
    ) async -> Reply {
        await send(method, path, bytes: body?.encoded() ?? [], headers: headers, as: key)
    }

    package func send(
        _ method: Method, _ path: String, bytes: [UInt8], headers: [(String, String)] = [], as key: String = "admin"
    ) async -> Reply {
        var fields = [("Host", "localhost"), ("Authorization", "Bearer \(key)")] + headers
        if !bytes.isEmpty, !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
            fields.append(("Content-Type", "application/json"))
        }
        let head = RequestHead(method: method, target: path, fields: fields)
        switch router.match(method: method, path: head.path) {
        case .found(let route, let parameters):
            guard let endpoint = endpoints.first(where: { $0.method == route.method && $0.path == route.path }) else {
                return Reply(Response(status: 404))
            }
            let request = Request(head: head, body: bytes, parameters: parameters, loop: loop)
            return Reply(await serving.serve(endpoint, request))
        case .methodNotAllowed: return Reply(Response(status: 405))
        default: return Reply(Response(status: 404))
        }
    }
}

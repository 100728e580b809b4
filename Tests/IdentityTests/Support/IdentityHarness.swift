import Domain
import HTTP
import JSON
import REST
import SQL
import Support
import Testing

@testable import Identity

/// Keys, projects and the audit log as they are served, behind the real authenticator; a bootstrap key opens the door.
struct IdentityHarness {
    static let bootstrap = "bootstrap-key-of-32-or-more-characters"

    let plane: ControlPlaneHarness
    let table: Snapshot<KeyTable>
    let hasher: KeyHasher
    let mint: KeyMint
    let meters: MeterBook

    init() async throws {
        let table = Snapshot(KeyTable.empty)
        let meters = MeterBook(clock: WallClock { Timestamp(milliseconds: 1_769_850_300_250) })
        let hasher = KeyHasher(try #require(MasterKey([UInt8](repeating: 7, count: 32))))
        plane = try await ControlPlaneHarness(
            sources: [.keys: KeySource(snapshot: table, meters: meters)],
            authenticator: { clock in
                KeyAuthenticator(table: table, hasher: hasher, clock: clock, bootstrap: Secret(Self.bootstrap))
            },
            endpoints: { control, mutations in
                KeyEndpoints(control: control, mutations: mutations, hasher: hasher, meters: meters).endpoints
                    + ProjectEndpoints(control: control, mutations: mutations).endpoints
                    + AuditEndpoints(control: control).endpoints
            })
        self.table = table
        self.meters = meters
        self.hasher = hasher
        mint = KeyMint(mutations: plane.mutations, hasher: hasher)
    }

    func send(
        _ method: Method, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = [],
        as key: String = Self.bootstrap
    ) async -> Reply {
        await plane.send(method, "/api/v1" + path, body, headers: headers, as: key)
    }

    /// - Returns: the id and the secret of a new key.
    func make(
        _ role: Role, _ changes: JSONValue = [:], as key: String = Self.bootstrap
    ) async throws -> (id: String, secret: String) {
        let body: JSONValue = ["name": "k", "role": .string(role.rawValue)]
        let reply = await send(.post, "/keys", body.mergePatched(with: changes), as: key)
        try #require(reply.status == 201)
        return (
            try #require(reply.json["id"]?.stringValue), try #require(reply.json["key"]?.stringValue)
        )
    }

    /// Every value of every row of every table of the control file, as text.
    func everythingStored() async throws -> String {
        try await plane.control.read { connection in
            let tables = try connection.query("SELECT name FROM sqlite_schema WHERE type = 'table'", []) {
                try $0.text(0)
            }
            return try tables.flatMap { table in
                try connection.query("SELECT * FROM \"\(table)\"", []) { row in
                    try (0..<row.count).map { index -> String in
                        switch try row.value(index) {
                        case .text(let text): text
                        case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
                        case let other: "\(other)"
                        }
                    }.joined(separator: "|")
                }
            }.joined(separator: "\n")
        }
    }
}

import Domain
import JSON
import SQL

/// The SQL of `probe_runs`. A final state is never left: every change asks for an unfinished run.
enum ProbeRunStore {
    private static let columns = """
        id, project_id, probe_id, state, definition, revision, error, created_at, created_by, started_at, finished_at
        """
    private static let isUnfinished = "state IN ('queued', 'running')"
    private static let one = "SELECT \(columns) FROM probe_runs WHERE project_id = $1 AND probe_id = $2 AND id = $3"
    private static let newest = """
        SELECT \(columns) FROM probe_runs WHERE project_id = $1 AND probe_id = $2 ORDER BY id DESC LIMIT $3
        """
    private static let older = """
        SELECT \(columns) FROM probe_runs WHERE project_id = $1 AND probe_id = $2 AND id < $4 ORDER BY id DESC LIMIT $3
        """
    private static let unfinished = "SELECT \(columns) FROM probe_runs WHERE \(isUnfinished) ORDER BY id LIMIT $1"
    private static let unfinishedCount =
        "SELECT count(*) FROM probe_runs WHERE project_id = $1 AND probe_id = $2 AND \(isUnfinished)"
    private static let insert = """
        INSERT INTO probe_runs (id, project_id, probe_id, state, definition, created_at, created_by)
        VALUES ($1, $2, $3, 'queued', $4, $5, $6)
        """
    private static let start = """
        UPDATE probe_runs SET state = 'running', revision = $3, started_at = COALESCE(started_at, $4)
        WHERE project_id = $1 AND id = $2 AND \(isUnfinished)
        """
    private static let finish = """
        UPDATE probe_runs SET state = $3, error = $4, started_at = COALESCE(started_at, $5), finished_at = $5
        WHERE project_id = $1 AND id = $2 AND \(isUnfinished)
        """
    private static let cancel = """
        UPDATE probe_runs SET state = 'cancelled', error = $3, finished_at = $4
        WHERE project_id = $1 AND probe_id = $2 AND \(isUnfinished)
        """

    /// The stored row is not what this binary writes.
    struct Unreadable: Error {
        let run: String
    }

    private static func decode(_ row: Row) throws -> ProbeRunRecord {
        let id = try row.text(0)
        guard let state = ProbeRunState(rawValue: try row.text(3)),
            let definition = ProbeDefinition(try row.document(4))
        else { throw Unreadable(run: id) }
        return ProbeRunRecord(
            id: id, project: try row.text(1), probeID: try row.text(2), state: state, definition: definition,
            revision: try row.intOrNull(5), error: try row.textOrNull(6),
            createdAt: Timestamp(milliseconds: try row.integer(7)), createdBy: try row.text(8),
            startedAt: try row.integerOrNull(9).map { Timestamp(milliseconds: $0) },
            finishedAt: try row.integerOrNull(10).map { Timestamp(milliseconds: $0) })
    }

    static func find(_ id: String, of probe: ProbeRecord, in connection: any Connection) throws -> ProbeRunRecord? {
        try connection.first(one, [.text(probe.project), .text(probe.id), .text(id)], decode)
    }

    /// The newest first.
    static func page(
        of probe: ProbeRecord, before id: String?, count: Int, in connection: any Connection
    ) throws -> [ProbeRunRecord] {
        let parameters: [SQLValue] = [.text(probe.project), .text(probe.id), SQLValue(count)]
        guard let id else { return try connection.query(newest, parameters, decode) }
        return try connection.query(older, parameters + [.text(id)], decode)
    }

    /// Of all projects, the oldest first.
    static func unfinished(count: Int, in connection: any Connection) throws -> [ProbeRunRecord] {
        try connection.query(unfinished, [SQLValue(count)], decode)
    }

    static func unfinishedCount(of probe: ProbeRecord, in connection: any Connection) throws -> Int {
        try connection.first(unfinishedCount, [.text(probe.project), .text(probe.id)]) { try $0.int(0) } ?? 0
    }

    static func insert(_ run: ProbeRunRecord, in transaction: any Transaction) throws {
        try transaction.execute(
            insert,
            [
                .text(run.id), .text(run.project), .text(run.probeID), .text(run.definition.writable.text),
                .integer(run.createdAt.milliseconds), .text(run.createdBy),
            ])
    }

    /// - Returns: false when the run is finished already.
    static func start(
        _ run: ProbeRunRecord, revision: Int, at now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            start, [.text(run.project), .text(run.id), SQLValue(revision), .integer(now.milliseconds)]) > 0
    }

    static func finish(
        _ run: ProbeRunRecord, _ state: ProbeRunState, error: String?, at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        try transaction.execute(
            finish,
            [
                .text(run.project), .text(run.id), .text(state.rawValue), SQLValue(error),
                .integer(now.milliseconds),
            ])
    }

    /// All of a probe's that are not finished.
    static func cancel(
        of probe: ProbeRecord, reason: String, at now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            cancel, [.text(probe.project), .text(probe.id), .text(reason), .integer(now.milliseconds)])
    }
}

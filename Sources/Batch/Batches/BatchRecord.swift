import Domain
import JSON
import SQL

/// A batch as its row has it.
struct BatchRecord: Sendable {
    static let prefix = "batch_"
    /// The one window that there is, as with OpenAI.
    static let window = "24h"
    static let windowMilliseconds: Int64 = 24 * 3_600 * 1_000

    let id: String
    let project: String
    /// Of the key that made it.
    let keyID: String
    let inputFileID: String
    let endpoint: String
    var metadata: JSONValue = .null
    var outputExpiresSeconds: Int?
    var status = BatchStatus.validating
    /// While it is finalizing: its window was over before its lines were.
    var isExpired = false
    var outputFileID: String?
    var errorFileID: String?
    /// An array, where its file was not in order.
    var errors: JSONValue = .null
    var total = 0
    var completed = 0
    var failed = 0
    var outputBytes = 0
    var errorBytes = 0
    let createdAt: Timestamp
    let expiresAt: Timestamp
    /// Since when nothing of it is asked: it came from a backup. See `BatchHold`.
    var heldAt: Timestamp?
    /// When it came to each of them.
    var moments: [BatchStatus: Timestamp] = [:]

    init(id: String, project: String, keyID: String, inputFileID: String, endpoint: String, createdAt: Timestamp) {
        self.id = id
        self.project = project
        self.keyID = keyID
        self.inputFileID = inputFileID
        self.endpoint = endpoint
        self.createdAt = createdAt
        expiresAt = createdAt.advanced(byMilliseconds: Self.windowMilliseconds)
    }

    static let columns = """
        id, project_id, key_id, input_file_id, endpoint, metadata, output_expires_s, status, is_expired, output_file_id,
        error_file_id, errors, total, completed, failed, output_bytes, error_bytes, created_at, expires_at,
        in_progress_at, finalizing_at, completed_at, failed_at, expired_at, cancelling_at, cancelled_at, held_at
        """

    /// In the order of the columns before the last.
    private static let timed: [BatchStatus] = [
        .inProgress, .finalizing, .completed, .failed, .expired, .cancelling, .cancelled,
    ]

    init(_ row: Row) throws {
        id = try row.text(0)
        project = try row.text(1)
        keyID = try row.text(2)
        inputFileID = try row.text(3)
        endpoint = try row.text(4)
        metadata = try Self.json(row, 5)
        outputExpiresSeconds = try row.intOrNull(6)
        let text = try row.text(7)
        guard let status = BatchStatus(rawValue: text) else {
            throw SQLError.column(index: 7, name: "status", expected: "a status", found: text)
        }
        self.status = status
        isExpired = try row.bool(8)
        outputFileID = try row.textOrNull(9)
        errorFileID = try row.textOrNull(10)
        errors = try Self.json(row, 11)
        total = try row.int(12)
        completed = try row.int(13)
        failed = try row.int(14)
        outputBytes = try row.int(15)
        errorBytes = try row.int(16)
        createdAt = Timestamp(milliseconds: try row.integer(17))
        expiresAt = Timestamp(milliseconds: try row.integer(18))
        for (index, status) in Self.timed.enumerated() {
            moments[status] = try row.integerOrNull(19 + index).map { Timestamp(milliseconds: $0) }
        }
        heldAt = try row.integerOrNull(19 + Self.timed.count).map { Timestamp(milliseconds: $0) }
    }

    private static func json(_ row: Row, _ column: Int) throws -> JSONValue {
        try row.textOrNull(column).map { try JSONValue(parsing: $0) } ?? .null
    }

    /// OpenAI's batch object: seconds since 1970.
    /// - Parameter held: what keeps its lines waiting: a member of our own, where there is anything.
    func json(held: [LaneHold] = []) -> JSONValue {
        var object: JSONObject = [
            "id": .string(id), "object": "batch", "endpoint": .string(endpoint),
            "errors": errors.isNull ? .null : ["object": "list", "data": errors],
            "input_file_id": .string(inputFileID), "completion_window": .string(Self.window),
            "status": .string(status.rawValue), "output_file_id": outputFileID.map(JSONValue.string) ?? .null,
            "error_file_id": errorFileID.map(JSONValue.string) ?? .null,
            "created_at": .integer(createdAt.milliseconds / 1_000),
            "expires_at": .integer(expiresAt.milliseconds / 1_000),
        ]
        for status in Self.timed {
            object["\(status.rawValue)_at"] = moments[status].map { .integer($0.milliseconds / 1_000) } ?? .null
        }
        object["held_at"] = heldAt.map { .integer($0.milliseconds / 1_000) } ?? .null
        object["request_counts"] = [
            "total": .integer(Int64(total)), "completed": .integer(Int64(completed)),
            "failed": .integer(Int64(failed)),
        ]
        object["metadata"] = metadata
        if !held.isEmpty { object["signalbox"] = ["held": .array(held.map(\.json))] }
        return .object(object)
    }
}

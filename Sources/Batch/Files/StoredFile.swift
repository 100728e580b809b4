import Domain
import JSON
import SQL

/// A file as its project sees it.
struct StoredFile: Sendable, Equatable {
    enum Purpose: String, Sendable {
        /// Uploaded, to be the requests of a batch.
        case batch
        /// The answers or the errors of one.
        case batchOutput = "batch_output"
    }

    static let prefix = "file-"

    let id: String
    let project: String
    let purpose: Purpose
    let filename: String
    let bytes: Int
    /// Of a `batchOutput`.
    let batchID: String?
    let isError: Bool
    let createdAt: Timestamp
    let expiresAt: Timestamp?

    init(
        id: String, project: String, purpose: Purpose, filename: String, bytes: Int, batchID: String? = nil,
        isError: Bool = false, createdAt: Timestamp, expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.project = project
        self.purpose = purpose
        self.filename = filename
        self.bytes = bytes
        self.batchID = batchID
        self.isError = isError
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    static let columns = "id, project_id, purpose, filename, bytes, batch_id, is_error, created_at, expires_at"

    init(_ row: Row) throws {
        let purpose = try row.text(2)
        guard let purpose = Purpose(rawValue: purpose) else {
            throw SQLError.column(index: 2, name: "purpose", expected: "a purpose", found: purpose)
        }
        self.init(
            id: try row.text(0), project: try row.text(1), purpose: purpose, filename: try row.text(3),
            bytes: try row.int(4), batchID: try row.textOrNull(5), isError: try row.boolOrNull(6) ?? false,
            createdAt: Timestamp(milliseconds: try row.integer(7)),
            expiresAt: try row.integerOrNull(8).map { Timestamp(milliseconds: $0) })
    }

    /// OpenAI's file object: seconds since 1970.
    var json: JSONValue {
        [
            "id": .string(id), "object": "file", "bytes": .integer(Int64(bytes)),
            "created_at": .integer(createdAt.milliseconds / 1_000),
            "expires_at": expiresAt.map { .integer($0.milliseconds / 1_000) } ?? .null,
            "filename": .string(filename), "purpose": .string(purpose.rawValue), "status": "processed",
            "status_details": .null,
        ]
    }
}

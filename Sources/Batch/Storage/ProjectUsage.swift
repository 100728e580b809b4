import SQL

/// What a project has in the store. Triggers of the schema keep it with every change, in the same transaction: to look
/// costs one row.
struct ProjectUsage: Sendable, Equatable {
    /// Of its files, uploads under way included, of the lines of its batches, and of answers that no file holds yet.
    var bytes = 0
    /// Batches that are not finished.
    var unfinished = 0

    static func of(_ project: String, in connection: any Connection) throws -> ProjectUsage {
        try connection.first("SELECT bytes, unfinished FROM usage WHERE project_id = $1", [.text(project)]) {
            ProjectUsage(bytes: try $0.int(0), unfinished: try $0.int(1))
        } ?? ProjectUsage()
    }
}

import Domain
package import SQL

/// The scores of probe runs. A score is written once: a resumed run does not count an answer twice.
package struct ScoreStore: Sendable {
    private let database: any Database

    package init(database: any Database) {
        self.database = database
    }

    private static let insertion = """
        INSERT INTO probe_scores (run_id, variant, example_id, project_id, probe, deployment, environment, revision,
                                  outcome_id, score, passed, reason, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (run_id, variant, example_id) DO NOTHING
        """

    /// Durable when it returns.
    package func record(_ scores: [ProbeScore]) async throws {
        guard !scores.isEmpty else { return }
        try await database.write { transaction in
            try transaction.executeMany(Self.insertion, rows: scores.map(Self.row))
        }
    }

    private static func row(_ score: ProbeScore) -> [SQLValue] {
        [
            .text(score.runID), .text(score.variant), .text(score.exampleID), .text(score.project),
            .text(score.probe), .text(score.deployment), .text(score.environment), .init(score.revision),
            .text(score.outcomeID), .init(score.score), .init(score.passed), .init(score.reason),
            .integer(score.createdAt.milliseconds),
        ]
    }

    /// What was scored of a run before it was interrupted.
    package func scored(run: String) async throws -> Set<ScoreKey> {
        try await database.read { connection in
            Set(
                try connection.query("SELECT variant, example_id FROM probe_scores WHERE run_id = $1", [.text(run)]) {
                    ScoreKey(variant: try $0.text(0), exampleID: try $0.text(1))
                })
        }
    }

    /// Per variant, in order of name.
    package func tally(run: String) async throws -> [ScoreTally] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT variant, COUNT(passed), COALESCE(SUM(passed), 0), COUNT(*) - COUNT(passed) FROM probe_scores
                WHERE run_id = $1 GROUP BY variant ORDER BY variant
                """, [.text(run)]
            ) { row in
                ScoreTally(
                    variant: try row.text(0), scored: try row.int(1), passed: try row.int(2), errors: try row.int(3))
            }
        }
    }
}

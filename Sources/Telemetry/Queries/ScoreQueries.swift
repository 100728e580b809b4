import SQL

/// Sums of probe scores and of feedback, by variant, revision and step of time.
enum ScoreQueries {
    struct Sum {
        /// Unix milliseconds of the step's begin.
        let start: Int64
        let variant: String
        let revision: Int
        /// The feedback's name; empty for probes.
        let name: String
        let tally: Tally
    }

    private static let probes = """
        SELECT (created_at / $6) * $6, variant, revision, '', COUNT(passed), COALESCE(SUM(passed), 0) * 1.0,
               COALESCE(SUM(passed), 0) * 1.0
        FROM probe_scores
        WHERE project_id = $1 AND deployment = $2 AND environment = $3 AND created_at >= $4 AND created_at < $5
          AND passed IS NOT NULL
        GROUP BY 1, 2, 3
        """

    private static let feedback = """
        SELECT (created_at / $6) * $6, variant, revision, name, COUNT(*), SUM(value), SUM(value * value)
        FROM feedback
        WHERE project_id = $1 AND deployment = $2 AND environment = $3 AND created_at >= $4 AND created_at < $5
        GROUP BY 1, 2, 3, 4
        """

    static func probes(
        _ scope: MetricScope, _ range: Range<Int64>, step: Int64, in connection: any Connection
    ) throws -> [Sum] {
        try connection.query(probes, parameters(scope, range, step), sum)
    }

    static func feedback(
        _ scope: MetricScope, _ range: Range<Int64>, step: Int64, in connection: any Connection
    ) throws -> [Sum] {
        try connection.query(feedback, parameters(scope, range, step), sum)
    }

    private static func parameters(_ scope: MetricScope, _ range: Range<Int64>, _ step: Int64) -> [SQLValue] {
        [
            .text(scope.project), .text(scope.deployment), .text(scope.environment), .integer(range.lowerBound),
            .integer(range.upperBound), .integer(step),
        ]
    }

    private static func sum(_ row: Row) throws -> Sum {
        Sum(
            start: try row.integer(0), variant: try row.text(1), revision: try row.int(2), name: try row.text(3),
            tally: Tally(count: try row.int(4), sum: try row.real(5), sumOfSquares: try row.real(6)))
    }
}

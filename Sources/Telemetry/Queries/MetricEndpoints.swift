package import Domain
import HTTP
package import REST
package import SQL

/// What operators read: sums over a span, and series over time.
package struct MetricEndpoints: Sendable {
    private static let hour: Int64 = 3_600_000
    private static let summaryStandard: Int64 = 900_000
    private static let spanMax: Int64 = 400 * 24 * hour

    private let database: any Database
    private let writer: OutcomeWriter
    private let clock: WallClock
    private let retention: RetentionSettings

    package init(
        database: any Database, writer: OutcomeWriter, clock: WallClock,
        retention: RetentionSettings = RetentionSettings()
    ) {
        self.database = database
        self.writer = writer
        self.clock = clock
        self.retention = retention
    }

    private static let span: [Endpoint.Query] = [
        .init("deployment", .name, "whose metrics; required"),
        .init("environment", .name, "production by default"),
        .init("from", .string(max: 64), "RFC 3339 or Unix milliseconds, inclusive"),
        .init("to", .string(max: 64), "RFC 3339 or Unix milliseconds, exclusive; now by default"),
        .init("window", TimeSpan.schema, "instead of from: the span that ends at to, such as 15m"),
        .init("group_by", .enumeration(MetricGrouping.allCases.map(\.rawValue)), "variant by default"),
    ]

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/metrics/summary", .permission(.metricsRead), tag: "metrics",
                summary: "Requests, errors, latency, tokens, cost and accuracy over a span", query: Self.span,
                answers: [.init(200, "the summary, a group per variant", .any(description: "a summary"))]
            ) { call in try await summary(call) },
            Endpoint(
                .get, "/api/v1/metrics/series", .permission(.metricsRead), tag: "metrics",
                summary: "One metric over time",
                query: Self.span + [
                    .init("metric", .enumeration(SeriesMetric.allCases.map(\.rawValue)), "required"),
                    .init("stat", .enumeration(SeriesStat.allCases.map(\.rawValue)), "how to sum up a step"),
                    .init("step", TimeSpan.schema, "a multiple of 10s; 60s by default"),
                ],
                answers: [.init(200, "points of [unix_ms, value], a group per variant", .any(description: "a series"))]
            ) { call in try await series(call) },
        ]
    }

    private func summary(_ call: Call) async throws -> Response {
        let range = try TimeSpan.range(call, now: clock.now(), standard: Self.summaryStandard)
        try Self.checkSpan(range)
        let query = SummaryQuery(
            scope: try scope(call), range: aligned(range), grouping: Self.grouping(call))
        return .value(try await read(query.answer))
    }

    private func series(_ call: Call) async throws -> Response {
        guard let metric = call.query("metric").flatMap(SeriesMetric.init(rawValue:)) else {
            throw Problem.invalid("query/metric", "is required")
        }
        let stat = call.query("stat").flatMap(SeriesStat.init(rawValue:)) ?? metric.stats[0]
        guard metric.stats.contains(stat) else {
            let known = metric.stats.map(\.rawValue).joined(separator: ", ")
            throw Problem.invalid("query/stat", "must be one of \(known) for \(metric.rawValue)")
        }
        let step = call.query("step").flatMap(TimeSpan.milliseconds) ?? 60_000
        guard step % WindowKey.levels[0] == 0 else { throw Problem.invalid("query/step", "must be a multiple of 10s") }
        let asked = try TimeSpan.range(call, now: clock.now(), standard: Self.hour)
        try Self.checkSpan(asked)
        let range = WindowSpan.floor(asked.lowerBound, step)..<WindowSpan.ceiling(asked.upperBound, step)
        guard (range.upperBound - range.lowerBound) / step <= Int64(SeriesQuery.pointsMax) else {
            throw Problem.invalid("query/step", "gives more than \(SeriesQuery.pointsMax) points: make it longer")
        }
        let level = SeriesQuery.level(step: step)
        // Accuracy is not made of windows.
        guard
            metric == .accuracy || range.lowerBound >= retention.keptSince(level: level, now: clock.now().milliseconds)
        else {
            throw Problem.invalid("query/step", "is finer than what is kept of that time: make it longer")
        }
        let query = SeriesQuery(
            scope: try scope(call), metric: metric, stat: stat, range: range, step: step,
            grouping: Self.grouping(call))
        return .value(try await read(query.answer))
    }

    /// Widened to whole windows of the finest level that is kept of either end's time.
    private func aligned(_ range: Range<Int64>) -> Range<Int64> {
        let now = clock.now().milliseconds
        func level(_ moment: Int64) -> Int64 {
            WindowKey.levels.first { moment >= retention.keptSince(level: $0, now: now) } ?? 3_600_000
        }
        let low = WindowSpan.floor(range.lowerBound, level(range.lowerBound))
        return low..<max(low, WindowSpan.ceiling(range.upperBound, level(range.upperBound)))
    }

    private func read<Value: Sendable>(
        _ query: @escaping @Sendable (any Connection) throws -> Value
    ) async throws -> Value {
        // Read your writes. When the disk is full the flush fails, and what is in the file is still worth reading.
        try? await writer.flush()
        return try await database.read(query)
    }

    private func scope(_ call: Call) throws -> MetricScope {
        guard let deployment = call.query("deployment") else {
            throw Problem.invalid("query/deployment", "is required")
        }
        return MetricScope(
            project: call.project, deployment: deployment, environment: call.query("environment") ?? "production")
    }

    private static func grouping(_ call: Call) -> MetricGrouping {
        call.query("group_by").flatMap(MetricGrouping.init(rawValue:)) ?? .variant
    }

    private static func checkSpan(_ range: Range<Int64>) throws {
        guard range.upperBound - range.lowerBound <= spanMax else {
            throw Problem.invalid("query/from", "must be at most 400 days before to")
        }
    }
}

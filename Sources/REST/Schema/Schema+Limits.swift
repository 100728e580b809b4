import Domain

package extension Schema {
    /// `limits` of keys, projects, deployments and providers. What more must hold is in `RateLimits.violations`.
    static let limits = Schema.object([
        .optional("requests_per_minute", count, "in no sixty seconds do more go through"),
        .optional(
            "requests_burst", count,
            "how many of them may come at once, taken out of the steady rate; a fiftieth and one by default"),
        .optional("tokens_per_minute", count, "reserved by an estimate, settled with what was used"),
        .optional("concurrent", count, "inferences that run at the same time"),
    ])

    /// `budget` of keys, projects and deployments.
    static let budget = Schema.object([
        .required("micro_usd", .integer(0...Int(Budget.microUSDMax)), "millionths of a US dollar"),
        .required("period", .enumeration(BudgetPeriod.allCases.map(\.rawValue)), "in UTC; weeks begin on Monday"),
        .optional("alert_at", .number(0...1), "the share at which a log line and a metric tell of it"),
    ])

    private static let count = Schema.integer(1...Int(RateLimits.countMax))
}

import REST

/// The shape of a probe as it is written.
enum ProbeSchema {
    /// A year: longer than that is on demand.
    private static let intervalSecondsMax = 31_536_000
    private static let sampleMax = 100_000

    static let schema = Schema.object([
        .required("name", .name),
        .required("deployment", .name),
        .optional("environment", .name, "the key's own by default, else production"),
        .required("dataset", .name),
        .required("scorer", ScorerSchema.schema),
        .optional("interval_s", .integer(0...intervalSecondsMax), "0, the default, is on demand only"),
        .optional("sample", .nullable(.integer(1...sampleMax)), "how many examples a run takes; all by default"),
    ])
    static let probe = Schema.any(description: "the probe")
    static let run = Schema.any(
        description: """
            the run: id, probe, revision, state (queued, running, done, failed, cancelled), created_at, started_at, \
            finished_at, error, and results per variant: n, passed, errors, accuracy with its 95% interval
            """)
}

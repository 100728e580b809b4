/// What came of all streams.
struct StreamReport {
    private let plan: StreamPlan
    private var streams = 0
    private var events = 0
    private var lost = 0
    private var late = 0
    private var broken = 0
    private(set) var firstFault: String?
    /// Microseconds.
    private var firstEvents: [Double] = []
    private var delays: [Double] = []

    init(_ plan: StreamPlan) {
        self.plan = plan
        delays.reserveCapacity(plan.connections * plan.rounds * plan.events)
    }

    /// - Parameter isWarm: whether the connection has carried a stream before; only then its first event is timed.
    mutating func add(_ stream: FinishedStream, isWarm: Bool) {
        streams += 1
        events += stream.arrivals.count
        lost += abs(plan.events - stream.arrivals.count)
        if let fault = stream.fault {
            broken += 1
            firstFault = firstFault ?? fault
        }
        guard stream.arrivals.count == plan.events, let first = stream.arrivals.first else { return }
        if isWarm { firstEvents.append(Double(first - stream.sentAt) / 1_000) }
        // Against the promptest event of the stream: that one was on time.
        let lags = stream.arrivals.enumerated().map { Int64($1) - Int64(plan.dueNanoseconds($0)) }
        let start = lags.min() ?? 0
        for lag in lags {
            delays.append(Double(lag - start) / 1_000)
            // A whole pause behind: the next event is due.
            if lag - start > Int64(plan.intervalNanoseconds) { late += 1 }
        }
    }

    var json: String {
        let firsts = firstEvents.sorted()
        let lags = delays.sorted()
        let fields = [
            ("streams", "\(streams)"), ("events", "\(events)"), ("lost", "\(lost)"), ("late", "\(late)"),
            ("broken", "\(broken)"), ("first_p50_us", Self.quantile(firsts, 0.5)),
            ("first_p99_us", Self.quantile(firsts, 0.99)), ("delay_p50_us", Self.quantile(lags, 0.5)),
            ("delay_p99_us", Self.quantile(lags, 0.99)), ("delay_max_us", Self.quantile(lags, 1)),
        ]
        return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    /// The nearest rank, with one decimal.
    private static func quantile(_ sorted: [Double], _ share: Double) -> String {
        guard !sorted.isEmpty else { return "null" }
        let rank = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return "\((sorted[min(max(rank, 0), sorted.count - 1)] * 10).rounded() / 10)"
    }
}

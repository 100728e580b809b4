import Domain
import JSON
import SQL
import Statistics

/// What a window knows of its outcomes. Merging two is the same as counting both.
struct WindowTotals: Sendable {
    var requests: Int64 = 0
    var statuses: [OutcomeStatus: Int64] = [:]
    var inputTokens: Int64 = 0
    var outputTokens: Int64 = 0
    var costMicroUSD: Int64 = 0
    /// Answered requests whose cost is unknown: while it is not 0, the cost is a lower bound.
    var unpriced: Int64 = 0
    /// Of the requests that succeeded, in milliseconds.
    var latency = PercentileSketch()
    var firstToken = PercentileSketch()

    var errors: Int64 {
        statuses.reduce(0) { $0 + ($1.key.isError ? $1.value : 0) }
    }

    mutating func add(_ outcome: Outcome) {
        requests += 1
        statuses[outcome.status, default: 0] += 1
        inputTokens &+= outcome.tokens?.input ?? 0
        outputTokens &+= outcome.tokens?.output ?? 0
        if let cost = outcome.costMicroUSD {
            costMicroUSD &+= cost
        } else if outcome.status == .ok {
            unpriced += 1
        }
        guard outcome.status == .ok else { return }
        latency.add(outcome.latencyMilliseconds)
        if let firstToken = outcome.firstTokenMilliseconds { self.firstToken.add(firstToken) }
    }

    mutating func merge(_ other: WindowTotals) {
        requests += other.requests
        statuses.merge(other.statuses, uniquingKeysWith: +)
        inputTokens &+= other.inputTokens
        outputTokens &+= other.outputTokens
        costMicroUSD &+= other.costMicroUSD
        unpriced += other.unpriced
        latency.merge(other.latency)
        firstToken.merge(other.firstToken)
    }
}

extension WindowTotals {
    static let columns = """
        requests, statuses, input_tokens, output_tokens, cost_micro_usd, unpriced, latency, ttft
        """

    /// - Parameter offset: where `columns` begin in the row.
    init(_ row: Row, at offset: Int = 0) throws {
        requests = try row.integer(offset)
        for (name, count) in try JSONValue(parsing: try row.text(offset + 1)).objectValue ?? [:] {
            guard let status = OutcomeStatus(rawValue: name), let count = count.intValue else { continue }
            statuses[status] = Int64(count)
        }
        inputTokens = try row.integer(offset + 2)
        outputTokens = try row.integer(offset + 3)
        costMicroUSD = try row.integer(offset + 4)
        unpriced = try row.integer(offset + 5)
        latency = try PercentileSketch(decoding: try row.blob(offset + 6))
        firstToken = try PercentileSketch(decoding: try row.blob(offset + 7))
    }

    var values: [SQLValue] {
        var counts = JSONObject()
        for status in OutcomeStatus.allCases {
            if let count = statuses[status] { counts[status.rawValue] = .integer(count) }
        }
        return [
            .integer(requests), .text(JSONValue.object(counts).text), .integer(inputTokens), .integer(outputTokens),
            .integer(costMicroUSD), .integer(unpriced), .blob(latency.encoded()), .blob(firstToken.encoded()),
        ]
    }
}

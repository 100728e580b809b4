import Domain
import SQL
import Statistics

/// What a window knows of its outcomes. Merging two is the same as counting both.
struct WindowTotals: Sendable {
    var requests: Int64 = 0
    var statuses = StatusCounts()
    var inputTokens: Int64 = 0
    var outputTokens: Int64 = 0
    var costMicroUSD: Int64 = 0
    /// Answered requests whose cost is unknown: while it is not 0, the cost is a lower bound.
    var unpriced: Int64 = 0
    /// Requests that were answered without a provider. They count among the requests and in nothing else: what latency,
    /// tokens and cost tell is of the answers that were asked of a provider.
    var cacheHits: Int64 = 0
    /// What the hits would have cost, as far as it is known.
    var savedMicroUSD: Int64 = 0
    /// Of the requests that succeeded, in milliseconds.
    var latency = PercentileSketch()
    var firstToken = PercentileSketch()

    var errors: Int64 { statuses.errors }

    mutating func add(_ outcome: Outcome) {
        requests += 1
        statuses[outcome.status] += 1
        if outcome.cache == .hit {
            if outcome.status == .ok { cacheHits += 1 }
            savedMicroUSD &+= outcome.savedMicroUSD ?? 0
            return
        }
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
        statuses.merge(other.statuses)
        inputTokens &+= other.inputTokens
        outputTokens &+= other.outputTokens
        costMicroUSD &+= other.costMicroUSD
        unpriced += other.unpriced
        cacheHits += other.cacheHits
        savedMicroUSD &+= other.savedMicroUSD
        latency.merge(other.latency)
        firstToken.merge(other.firstToken)
    }
}

extension WindowTotals {
    private static let statuses = OutcomeStatus.allCases
    static let names =
        ["requests"] + statuses.map(\.rawValue) + [
            "input_tokens", "output_tokens", "cost_micro_usd", "unpriced", "cache_hits", "saved_micro_usd", "latency",
            "ttft",
        ]
    static let columns = names.joined(separator: ", ")

    /// - Parameter offset: where `columns` begin in the row.
    init(_ row: Row, at offset: Int = 0) throws {
        requests = try row.integer(offset)
        var at = offset + 1
        for status in Self.statuses {
            statuses[status] = try row.integer(at)
            at += 1
        }
        inputTokens = try row.integer(at)
        outputTokens = try row.integer(at + 1)
        costMicroUSD = try row.integer(at + 2)
        unpriced = try row.integer(at + 3)
        cacheHits = try row.integer(at + 4)
        savedMicroUSD = try row.integer(at + 5)
        latency = try PercentileSketch(decoding: try row.blob(at + 6))
        firstToken = try PercentileSketch(decoding: try row.blob(at + 7))
    }

    var values: [SQLValue] {
        [.integer(requests)] + Self.statuses.map { .integer(statuses[$0]) } + [
            .integer(inputTokens), .integer(outputTokens), .integer(costMicroUSD), .integer(unpriced),
            .integer(cacheHits), .integer(savedMicroUSD), .blob(latency.encoded()), .blob(firstToken.encoded()),
        ]
    }
}

package import JSON

/// How much may go through in a minute, and at once. What is nil is not limited.
package struct RateLimits: Sendable, Hashable {
    /// In no sixty seconds do more requests go through.
    package var requestsPerMinute: Int64?
    /// How many of them may come at once after a rest. They are taken out of the steady rate, so that the sentence
    /// above holds: the steady rate is `requestsPerMinute - requestsBurst + 1`. nil for a fiftieth and one.
    package var requestsBurst: Int64?
    /// So many tokens are there at first and come back in each minute: in t minutes no more go through than t + 1 times
    /// this.
    package var tokensPerMinute: Int64?
    /// Inferences that run at the same time.
    package var concurrent: Int64?

    package static let countMax: Int64 = 1_000_000_000

    package init() {}

    /// - Returns: nil for no document, and for one that limits nothing.
    package init?(_ document: JSONValue?) {
        requestsPerMinute = document?["requests_per_minute"]?.intValue.map(Int64.init)
        requestsBurst = document?["requests_burst"]?.intValue.map(Int64.init)
        tokensPerMinute = document?["tokens_per_minute"]?.intValue.map(Int64.init)
        concurrent = document?["concurrent"]?.intValue.map(Int64.init)
        guard requestsPerMinute != nil || tokensPerMinute != nil || concurrent != nil else { return nil }
    }

    package var json: JSONValue {
        var object = JSONObject()
        for (name, value) in [
            ("requests_per_minute", requestsPerMinute), ("requests_burst", requestsBurst),
            ("tokens_per_minute", tokensPerMinute), ("concurrent", concurrent),
        ] {
            if let value { object[name] = .integer(value) }
        }
        return .object(object)
    }

    /// What the shape of the member `limits` of a document does not tell.
    package static func violations(in document: JSONValue) -> [Violation] {
        guard let burst = document["limits"]?["requests_burst"]?.intValue else { return [] }
        guard let rate = document["limits"]?["requests_per_minute"]?.intValue else {
            return [Violation("/limits/requests_burst", "needs requests_per_minute beside it")]
        }
        return burst <= rate ? [] : [Violation("/limits/requests_burst", "must be at most requests_per_minute")]
    }

    var requestRule: CellRule? {
        requestsPerMinute.map { rate in
            let burst = min(rate, requestsBurst ?? rate / 50 + 1)
            return CellRule(perMinute: UInt64(rate - burst + 1), capacity: UInt64(burst))
        }
    }

    var tokenRule: CellRule? {
        tokensPerMinute.map { CellRule(perMinute: UInt64($0), capacity: UInt64($0)) }
    }
}

package import JSON

/// When a deployment asks somebody else beside a provider that has not begun to answer, and how often at most: "hedged
/// requests" (Dean, Barroso, "The Tail at Scale", CACM 56(2), 2013), as gRPC's `hedgingDelay` and Finagle's backup
/// requests with their `maxExtraLoad` are.
package struct HedgePolicy: Sendable, Hashable {
    package enum Delay: Sendable, Hashable {
        /// Longer than this share of its answers took to begin of late.
        case quantile(Double)
        case milliseconds(Int)
    }

    /// Beyond it lie fewer of the answers that are known than tell anything.
    package static let quantiles = 0.5...0.99
    package static let millisecondsMax = 600_000
    /// Percent: what a slow provider must not be doubled by.
    package static let shares = 0.1...20.0
    package static let shareStandard = 5.0

    package let delay: Delay
    /// Percent of the calls beside which another may be made.
    package let shareMax: Double

    package init(after delay: Delay, shareMax: Double = HedgePolicy.shareStandard) {
        self.delay = delay
        self.shareMax = shareMax
    }

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    package init?(_ document: JSONValue) {
        let share = document["share_max"]?.doubleValue ?? Self.shareStandard
        if let milliseconds = document["after_ms"]?.intValue {
            self.init(after: .milliseconds(milliseconds), shareMax: share)
        } else if let quantile = document["after_p"]?.doubleValue {
            self.init(after: .quantile(quantile), shareMax: share)
        } else {
            return nil
        }
    }

    /// As it is written.
    package var json: JSONValue {
        let share: JSONValue = Int64(exactly: shareMax).map { .integer($0) } ?? .number(shareMax)
        return switch delay {
        case .quantile(let quantile): ["after_p": .number(quantile), "share_max": share]
        case .milliseconds(let milliseconds): ["after_ms": JSONValue(milliseconds), "share_max": share]
        }
    }

    /// Parts of the wrong shape are left to the schema.
    package static func violations(in document: JSONValue) -> [Violation] {
        guard let hedge = document["hedge"], hedge.objectValue != nil else { return [] }
        guard (hedge["after_p"] == nil) != (hedge["after_ms"] == nil) else {
            return [Violation("/hedge", "must have either after_p or after_ms")]
        }
        let hasFallbacks = document["fallbacks"]?.arrayValue?.isEmpty == false
        let hasPlaces = (document["variants"]?.arrayValue ?? []).contains {
            ($0["upstreams"]?.arrayValue?.count ?? 0) > 1
        }
        guard !hasFallbacks, !hasPlaces else { return [] }
        return [Violation("/hedge", "needs somebody else to ask: fallbacks, or a variant with several upstreams")]
    }
}

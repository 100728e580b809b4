import Domain

/// What a caller reads whom a limit stops: 429 in OpenAI's shape, with when to come again. What no waiting would let
/// through is a 400, or a 403 where it is not the request that has to be another one, since SDKs try a 429 again.
enum LimitRefusal {
    /// More than a limit or a budget ever lets through.
    static let tooLarge = "limit_too_small"
    static let unpriced = "price_unknown"

    static func error(_ refusal: Meter.Refusal, by meter: Meter, at now: Timestamp) -> OpenAIError {
        let whose = "the \(meter.subject.kind.rawValue) \(meter.name)"
        switch refusal {
        case .limit(let limit, let after): return rate(limit, meter, whose, after)
        case .budget(let left, let until, _):
            let budget = meter.budget
            return OpenAIError(
                status: 429,
                message: "\(whose) has \(usd(left)) left of its budget of \(usd(budget?.microUSD ?? 0)) a "
                    + "\(budget?.period.rawValue ?? "period"), which ends at "
                    + "\(Timestamp(milliseconds: until).text), and this request may cost more: a smaller max_tokens "
                    + "lowers what it may cost",
                type: "insufficient_quota", param: "\(meter.subject.kind.rawValue).budget", code: "budget_exceeded",
                headers: retry(milliseconds: max(0, until - now.milliseconds)))
        case .tooManyTokens(let estimate):
            let limit = Meter.Limit.tokens
            return OpenAIError(
                status: 400,
                message: "the request is estimated at \(estimate) tokens, and \(limit.rawValue) of \(whose) never lets "
                    + "more than \(most(limit, meter)) through at once: a smaller max_tokens or a shorter input makes "
                    + "it fit",
                param: "\(meter.subject.kind.rawValue).\(limit.rawValue)", code: tooLarge)
        case .tooDear(let estimate):
            return OpenAIError(
                status: 400,
                message: "the request may cost \(usd(estimate)), and the budget of \(whose) is "
                    + "\(usd(meter.budget?.microUSD ?? 0)) a \(meter.budget?.period.rawValue ?? "period"): a smaller "
                    + "max_tokens lowers what it may cost",
                param: "\(meter.subject.kind.rawValue).budget", code: tooLarge)
        case .unpriced:
            return OpenAIError(
                status: 403,
                message: "\(whose) has a budget, and the price of this deployment's model is not known: give its model "
                    + "version a price, or add it to the price table",
                type: "insufficient_quota", param: "model", code: unpriced)
        }
    }

    /// Whether another provider may have room.
    static func isOfProvider(_ error: OpenAIError) -> Bool {
        isOfLimit(error) && error.param?.hasPrefix("provider.") == true
    }

    /// Whether it is of the key, its project or the deployment.
    static func isOfCaller(_ error: OpenAIError) -> Bool { isOfLimit(error) && !isOfProvider(error) }

    private static func isOfLimit(_ error: OpenAIError) -> Bool {
        error.status == 429 || error.code == tooLarge || error.code == unpriced
    }

    private static func rate(
        _ limit: Meter.Limit, _ meter: Meter, _ whose: String, _ after: UInt64
    ) -> OpenAIError {
        let milliseconds = Int64(min(after / 1_000_000 + (after % 1_000_000 > 0 ? 1 : 0), 86_400_000))
        return OpenAIError(
            status: 429,
            message: "\(limit.rawValue) of \(whose) is reached (\(most(limit, meter))): try again in "
                + "\(milliseconds) ms",
            param: "\(meter.subject.kind.rawValue).\(limit.rawValue)", code: "rate_limit_exceeded",
            headers: retry(milliseconds: milliseconds))
    }

    private static func most(_ limit: Meter.Limit, _ meter: Meter) -> Int64 {
        switch limit {
        case .requests: meter.limits?.requestsPerMinute ?? 0
        case .tokens: meter.limits?.tokensPerMinute ?? 0
        case .concurrent: meter.limits?.concurrent ?? 0
        case .budget: meter.budget?.microUSD ?? 0
        }
    }

    /// Whole seconds for everybody, milliseconds for OpenAI's SDKs.
    private static func retry(milliseconds: Int64) -> [(name: String, value: String)] {
        [
            (name: "retry-after", value: String((milliseconds + 999) / 1_000)),
            (name: "retry-after-ms", value: String(milliseconds)),
        ]
    }

    /// `$1.25`, six decimals at most.
    static func usd(_ microUSD: Int64) -> String {
        var decimals = String(1_000_000 + microUSD % 1_000_000).dropFirst()
        while decimals.count > 2, decimals.last == "0" { decimals.removeLast() }
        return "$\(microUSD / 1_000_000).\(decimals)"
    }
}

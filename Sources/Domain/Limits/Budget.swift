package import JSON

/// How much money may be spent in a period.
package struct Budget: Sendable, Hashable {
    package let microUSD: Int64
    package let period: BudgetPeriod
    /// At this share of it an alert goes out, once in a period; nil for none.
    package let alertAt: Double?

    /// A billion dollars.
    package static let microUSDMax: Int64 = 1_000_000_000_000_000

    package init(microUSD: Int64, period: BudgetPeriod, alertAt: Double? = nil) {
        self.microUSD = microUSD
        self.period = period
        self.alertAt = alertAt
    }

    /// - Returns: nil for no document, or one that the schema would not let through.
    package init?(_ document: JSONValue?) {
        guard let document, let amount = document["micro_usd"]?.intValue,
            let period = document["period"]?.stringValue.flatMap(BudgetPeriod.init(rawValue:))
        else { return nil }
        self.init(microUSD: Int64(amount), period: period, alertAt: document["alert_at"]?.doubleValue)
    }

    package var json: JSONValue {
        var object: JSONObject = ["micro_usd": .integer(microUSD), "period": .string(period.rawValue)]
        if let alertAt { object["alert_at"] = .number(alertAt) }
        return .object(object)
    }

    /// In micro-USD; nil when there is to be no alert.
    var alertMicroUSD: Int64? { alertAt.map { Int64(($0 * Double(microUSD)).rounded()) } }
}

import JSON

/// Shares of their own for the requests of which a condition holds.
package struct RoutingRule: Sendable, Hashable {
    package struct Share: Sendable, Hashable {
        /// The variant's name.
        package let variant: String
        package let weight: Weight
    }

    /// Unique within the deployment.
    package let name: String
    package let condition: Condition
    /// Sum to 100%. A variant that is not named gets none.
    package let shares: [Share]

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    init?(_ document: JSONValue) {
        guard let name = document["name"]?.stringValue,
            let text = document["when"]?.stringValue, let condition = try? Condition(parsing: text),
            let weights = document["weights"]?.objectValue
        else { return nil }
        var shares = [Share]()
        for (variant, percent) in weights {
            guard let weight = percent.doubleValue.flatMap({ Weight(percent: $0) }) else { return nil }
            shares.append(Share(variant: variant, weight: weight))
        }
        self.name = name
        self.condition = condition
        self.shares = shares
    }

    var json: JSONValue {
        [
            "name": .string(name), "when": .string(condition.text),
            "weights": .object(JSONObject(shares.map { (key: $0.variant, value: $0.weight.json) })),
        ]
    }
}

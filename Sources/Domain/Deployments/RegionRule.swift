import JSON

/// Where requests may go, fallbacks included.
package struct RegionRule: Sendable, Hashable {
    /// Unique within the deployment.
    package let name: String
    /// Which requests; nil for all.
    package let condition: Condition?
    /// As providers say in their `region`; a provider that says none is outside all of them.
    package let allowed: [String]

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    init?(_ document: JSONValue) {
        guard let name = document["name"]?.stringValue, let allowed = document["allow"]?.arrayValue else { return nil }
        if let when = document["when"], when != .null {
            guard let text = when.stringValue, let condition = try? Condition(parsing: text) else { return nil }
            self.condition = condition
        } else {
            condition = nil
        }
        self.name = name
        self.allowed = allowed.compactMap(\.stringValue)
    }

    private init(name: String, condition: Condition?, allowed: [String]) {
        self.name = name
        self.condition = condition
        self.allowed = allowed
    }

    /// The same for whatever is asked: for what goes out on behalf of a request of which it holds.
    package var always: RegionRule { RegionRule(name: name, condition: nil, allowed: allowed) }

    /// Whether requests of which it holds may go there.
    package func allows(_ provider: LiveProvider) -> Bool {
        provider.region.map { allowed.contains($0) } ?? false
    }

    var json: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        if let condition { object["when"] = .string(condition.text) }
        object["allow"] = .array(allowed.map { .string($0) })
        return .object(object)
    }
}

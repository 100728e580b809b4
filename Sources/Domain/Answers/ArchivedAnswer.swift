package import JSON

/// An answer that outlives the process: what a caller is given again, and what its outcome says then.
package struct ArchivedAnswer: Sendable {
    /// The SHA-256 of what was asked: 32 bytes.
    package let key: [UInt8]
    package let deploymentID: String
    /// When it was whole.
    package let madeAt: Timestamp
    package let expiresAt: Timestamp
    package let body: [UInt8]
    package var isStream = false
    /// What of a stream's body is for those alone who ask for usage; rising.
    package var usageCuts: [Range<Int>] = []
    /// What answered.
    package let served: OutcomeArm
    package var tokens: Outcome.Tokens?
    package var areTokensEstimated = false
    package var finishReason: String?
    /// What it had cost; nil where that is unknown.
    package var costMicroUSD: Int64?

    package init(
        key: [UInt8], deploymentID: String, madeAt: Timestamp, expiresAt: Timestamp, body: [UInt8], served: OutcomeArm
    ) {
        self.key = key
        self.deploymentID = deploymentID
        self.madeAt = madeAt
        self.expiresAt = expiresAt
        self.body = body
        self.served = served
    }

    // MARK: Facts

    /// All but key, deployment, moments and body.
    package var facts: JSONValue {
        let tokens: JSONValue =
            tokens.map { .array([$0.input, $0.output, $0.cached, $0.reasoning].map { .integer($0) }) } ?? .null
        return [
            "stream": .bool(isStream),
            "cuts": .array(usageCuts.flatMap { [JSONValue($0.lowerBound), JSONValue($0.upperBound)] }),
            "project": .string(served.project), "served_deployment": .string(served.deploymentID),
            "deployment": .string(served.deployment), "environment": .string(served.environment),
            "revision": JSONValue(served.revision), "variant": .string(served.variant),
            "provider": .string(served.provider), "model": .string(served.model), "prompt": JSONValue(served.prompt),
            "tokens": tokens, "estimated": .bool(areTokensEstimated), "finish_reason": JSONValue(finishReason),
            "cost_micro_usd": costMicroUSD.map { .integer($0) } ?? .null,
        ]
    }

    /// - Returns: nil where the facts are not what `facts` gives, or do not fit the body.
    package init?(
        key: [UInt8], deploymentID: String, madeAt: Timestamp, expiresAt: Timestamp, body: [UInt8], facts: JSONValue
    ) {
        guard let isStream = facts["stream"]?.boolValue, let isEstimated = facts["estimated"]?.boolValue,
            let served = Self.arm(facts), let cuts = Self.cuts(facts["cuts"]?.arrayValue ?? [], of: body.count)
        else { return nil }
        self.init(
            key: key, deploymentID: deploymentID, madeAt: madeAt, expiresAt: expiresAt, body: body, served: served)
        self.isStream = isStream
        usageCuts = cuts
        areTokensEstimated = isEstimated
        finishReason = facts["finish_reason"]?.stringValue
        costMicroUSD = facts["cost_micro_usd"]?.intValue.map(Int64.init)
        let counts = (facts["tokens"]?.arrayValue ?? []).compactMap(\.intValue).map(Int64.init)
        if counts.count == 4 {
            tokens = Outcome.Tokens(input: counts[0], output: counts[1], cached: counts[2], reasoning: counts[3])
        }
    }

    private static func arm(_ facts: JSONValue) -> OutcomeArm? {
        func text(_ name: String) -> String? { facts[name]?.stringValue }
        guard let project = text("project"), let id = text("served_deployment"), let deployment = text("deployment"),
            let environment = text("environment"), let revision = facts["revision"]?.intValue,
            let variant = text("variant"), let provider = text("provider"), let model = text("model")
        else { return nil }
        return OutcomeArm(
            project: project, deploymentID: id, deployment: deployment, environment: environment, revision: revision,
            variant: variant, provider: provider, model: model, prompt: text("prompt"))
    }

    /// Rising, and within the body.
    private static func cuts(_ numbers: [JSONValue], of count: Int) -> [Range<Int>]? {
        let places = numbers.compactMap(\.intValue)
        guard places.count == numbers.count, places.count.isMultiple(of: 2) else { return nil }
        var cuts: [Range<Int>] = []
        var at = 0
        for index in stride(from: 0, to: places.count, by: 2) {
            guard places[index] >= at, places[index + 1] >= places[index], places[index + 1] <= count else {
                return nil
            }
            cuts.append(places[index]..<places[index + 1])
            at = places[index + 1]
        }
        return cuts
    }
}

import JSON

extension SimulatorSettings {
    /// As JSON, without the required key, which nobody is shown.
    var json: JSONValue {
        [
            "seed": Int64(exactly: seed).map(JSONValue.integer) ?? .string(String(seed)),
            "latency_median_ms": .number(latencyMedianMilliseconds),
            "latency_p95_ms": .number(latencyP95Milliseconds),
            "token_interval_ms": .number(tokenIntervalMilliseconds),
            "answer_tokens": .integer(Int64(answerTokens)),
            "accuracy": .number(accuracy),
            "accuracy_by_model": .object(
                JSONObject(accuracyByModel.sorted { $0.key < $1.key }.map { (key: $0.key, value: .number($0.value)) })),
            "error_rate": .number(errorRate),
            "models": .array(models.map(JSONValue.string)),
        ]
    }

    /// Takes the settings that `json` names and keeps the others. Throws `SimulatorSettingsError` naming the field, and
    /// then has changed nothing.
    mutating func change(by json: JSONValue) throws(SimulatorSettingsError) {
        guard let object = json.objectValue else {
            throw SimulatorSettingsError(field: "body", reason: "expected a JSON object")
        }
        var changed = self
        for (key, value) in object { try changed.set(key, value) }
        try changed.validate()
        self = changed
    }

    private mutating func set(_ key: String, _ value: JSONValue) throws(SimulatorSettingsError) {
        switch key {
        case "seed": seed = try Self.expect(Self.seed(value), key, "a whole number from 0 to 18446744073709551615")
        case "latency_median_ms": latencyMedianMilliseconds = try Self.number(value, key)
        case "latency_p95_ms": latencyP95Milliseconds = try Self.number(value, key)
        case "token_interval_ms": tokenIntervalMilliseconds = try Self.number(value, key)
        case "answer_tokens": answerTokens = try Self.expect(value.intValue, key, "a whole number")
        case "accuracy": accuracy = try Self.number(value, key)
        case "accuracy_by_model": accuracyByModel = try Self.shares(value, key)
        case "error_rate": errorRate = try Self.number(value, key)
        case "required_key":
            requiredKey = value.isNull ? nil : try Self.expect(value.stringValue, key, "a string or null")
        case "models":
            let names = value.arrayValue?.compactMap(\.stringValue)
            guard let names, names.count == value.arrayValue?.count else {
                throw SimulatorSettingsError(field: key, reason: "expected a list of strings")
            }
            models = names
        default: throw SimulatorSettingsError(field: key, reason: "there is no such setting")
        }
    }

    /// Beyond Int64 a seed is written as a string, since JSON's readers would round it.
    private static func seed(_ value: JSONValue) -> UInt64? {
        value.stringValue.flatMap { UInt64($0) } ?? value.intValue.flatMap { UInt64(exactly: $0) }
    }

    private static func shares(_ value: JSONValue, _ key: String) throws(SimulatorSettingsError) -> [String: Double] {
        var shares: [String: Double] = [:]
        for (model, share) in try expect(value.objectValue, key, "an object of shares by model") {
            shares[model] = try number(share, "\(key).\(model)")
        }
        return shares
    }

    private static func number(_ value: JSONValue, _ key: String) throws(SimulatorSettingsError) -> Double {
        try expect(value.doubleValue, key, "a number")
    }

    private static func expect<Value>(
        _ value: Value?, _ key: String, _ what: String
    ) throws(SimulatorSettingsError) -> Value {
        guard let value else { throw SimulatorSettingsError(field: key, reason: "expected \(what)") }
        return value
    }
}

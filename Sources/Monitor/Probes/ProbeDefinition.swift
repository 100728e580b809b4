import Domain
import JSON

/// What a probe does, as it was written. A run keeps its own copy.
struct ProbeDefinition: Sendable, Hashable {
    let name: String
    let deployment: String
    let environment: String
    let dataset: String
    /// `{"kind":…}`.
    let scorer: JSONValue
    /// Seconds; 0 is on demand only.
    let intervalSeconds: Int
    /// Examples per run; nil is all of them.
    let sample: Int?

    init(
        name: String, deployment: String, environment: String, dataset: String, scorer: JSONValue,
        intervalSeconds: Int, sample: Int?
    ) {
        self.name = name
        self.deployment = deployment
        self.environment = environment
        self.dataset = dataset
        self.scorer = scorer
        self.intervalSeconds = intervalSeconds
        self.sample = sample
    }

    /// - Parameters:
    ///   - document: what `ProbeSchema` has let through.
    ///   - environment: where the document names none.
    /// - Returns: nil when the document is something else.
    init?(_ document: JSONValue, environment: String = "production") {
        guard let name = document["name"]?.stringValue, let deployment = document["deployment"]?.stringValue,
            let dataset = document["dataset"]?.stringValue, let scorer = document["scorer"]
        else { return nil }
        self.init(
            name: name, deployment: deployment, environment: document["environment"]?.stringValue ?? environment,
            dataset: dataset, scorer: scorer, intervalSeconds: document["interval_s"]?.intValue ?? 0,
            sample: document["sample"]?.intValue)
    }

    /// What a caller may write.
    var writable: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "deployment": .string(deployment), "environment": .string(environment),
            "dataset": .string(dataset), "scorer": scorer, "interval_s": JSONValue(intervalSeconds),
        ]
        if let sample { object["sample"] = JSONValue(sample) }
        return .object(object)
    }

    /// The first run is one interval after `moment`: making a probe does not run it.
    func nextDue(after moment: Timestamp) -> Timestamp? {
        intervalSeconds > 0 ? moment.advanced(byMilliseconds: Int64(intervalSeconds) * 1_000) : nil
    }
}

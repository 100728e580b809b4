import JSON

/// How many requests came, and what became of them.
struct RequestCounts {
    /// All requests for a completion.
    var total = 0
    var streamed = 0
    /// Without the required key.
    var unauthorized = 0
    /// Those that could not be read, or asked for a fault that there is not.
    var refused = 0
    /// By `errorRate`.
    var randomErrors = 0
    /// Whose client left before the answer's time had come.
    var abandoned = 0
    private var byFault: [Fault: Int] = [:]
    private var byModel: [String: Int] = [:]
    private var otherModels = 0

    /// Names are the clients' to choose, so they are bounded.
    private static let modelsMax = 256

    mutating func note(_ fault: Fault) { byFault[fault, default: 0] += 1 }

    mutating func note(model: String) {
        if byModel[model] != nil || byModel.count < Self.modelsMax {
            byModel[model, default: 0] += 1
        } else {
            otherModels += 1
        }
    }

    var json: JSONValue {
        let faults = byFault.sorted { $0.key.rawValue < $1.key.rawValue }
        let models = byModel.sorted { $0.key < $1.key }
        return [
            "total": .integer(Int64(total)), "streamed": .integer(Int64(streamed)),
            "unauthorized": .integer(Int64(unauthorized)), "refused": .integer(Int64(refused)),
            "random_errors": .integer(Int64(randomErrors)), "abandoned": .integer(Int64(abandoned)),
            "faults": .object(JSONObject(faults.map { (key: $0.key.rawValue, value: .integer(Int64($0.value))) })),
            "models": .object(JSONObject(models.map { (key: $0.key, value: .integer(Int64($0.value))) })),
            "other_models": .integer(Int64(otherModels)),
        ]
    }
}

/// What a condition can ask about a request.
package enum ConditionFact: Sendable, Hashable {
    /// `header["x-tier"]`: the first field line of the name, in any case.
    case header(String)
    /// `metadata.plan`: a string, number or boolean of the request's `metadata`.
    case metadata(String)
    /// `slice.language`
    case slice(String)
    /// `key.id`, `key.name`
    case keyID, keyName
    /// What is assigned: the user, the session or the request's own id.
    case unit
    /// `chat/completions`, `embeddings` …
    case surface
    case stream
    /// Of the body.
    case bytes
    /// `time.hour` (0…23), `time.minute` (0…59), `time.weekday` (1, Monday, to 7, Sunday): UTC.
    case hour, minute, weekday

    static let roots = ["header", "metadata", "slice", "key", "unit", "surface", "stream", "bytes", "time"]

    /// The fact of a name without members.
    static func plain(_ name: String) -> ConditionFact? {
        switch name {
        case "unit": .unit
        case "surface": .surface
        case "stream": .stream
        case "bytes": .bytes
        default: nil
        }
    }

    /// `root.member` or `root["member"]`. Names of header fields are lowercased here, once.
    static func member(_ name: String, of root: String) -> ConditionFact? {
        switch (root, name) {
        case ("header", _): .header(name.lowercased())
        case ("metadata", _): .metadata(name)
        case ("slice", _): .slice(name)
        case ("key", "id"): .keyID
        case ("key", "name"): .keyName
        case ("time", "hour"): .hour
        case ("time", "minute"): .minute
        case ("time", "weekday"): .weekday
        default: nil
        }
    }

    /// What can stand after `root`; nil for a name without members, empty where any may stand.
    static func members(of root: String) -> [String]? {
        switch root {
        case "header", "metadata", "slice": []
        case "key": ["id", "name"]
        case "time": ["hour", "minute", "weekday"]
        default: nil
        }
    }

    var type: ConditionType {
        switch self {
        case .header, .slice, .keyID, .keyName, .unit, .surface: .string
        case .metadata: .any
        case .stream: .bool
        case .bytes, .hour, .minute, .weekday: .number
        }
    }
}

import Domain
import HTTP
import JSON

/// What a call is assigned by.
enum CallerUnit {
    /// A longer one is known by its hash: it goes into every outcome.
    static let lengthMax = 256

    /// Which name space a unit is a name in: the session 42 is not the user 42.
    enum Source: String {
        /// A unit of this request alone: its caller named none.
        case request
        case session, unit, user
        case safetyIdentifier = "safety_identifier"
        case userID = "user_id"
    }

    static func of(
        _ request: Request, _ chat: CallerRequest, metadata: JSONObject?, kind: AssignmentUnit, requestID: String
    ) -> (name: String, source: Source) {
        let unit: (name: String, source: Source)? =
            switch kind {
            case .request: nil
            case .session: session(request, metadata) ?? user(request, chat, metadata)
            case .user: user(request, chat, metadata)
            }
        guard let unit else { return (bounded(requestID), .request) }
        return (bounded(unit.name), unit.source)
    }

    private static func session(_ request: Request, _ metadata: JSONObject?) -> (name: String, source: Source)? {
        (header("x-signalbox-session", request) ?? text(metadata, "session_id")).map { ($0, .session) }
    }

    private static func user(
        _ request: Request, _ chat: CallerRequest, _ metadata: JSONObject?
    ) -> (name: String, source: Source)? {
        if let name = header("x-signalbox-unit", request) { return (name, .unit) }
        if let name = chat.text(.user) { return (name, .user) }
        if let name = chat.text(.safetyIdentifier) { return (name, .safetyIdentifier) }
        return text(metadata, "user_id").map { ($0, .userID) }
    }

    private static func header(_ name: StaticString, _ request: Request) -> String? {
        guard let value = request.head.value(known: name), !value.isEmpty else { return nil }
        return value
    }

    private static func text(_ metadata: JSONObject?, _ key: String) -> String? {
        guard let value = metadata?[key]?.stringValue, !value.isEmpty else { return nil }
        return value
    }

    private static func bounded(_ unit: String) -> String {
        guard unit.utf8.count > lengthMax else { return unit }
        return "hash:" + String(StableHash.hash(unit, seed: 0), radix: 16)
            + String(StableHash.hash(unit, seed: 1), radix: 16)
    }
}

import Domain
import HTTP
import JSON

/// What a call is assigned by.
enum CallerUnit {
    /// A longer one is known by its hash: it goes into every outcome.
    static let lengthMax = 256

    static func of(
        _ request: Request, _ chat: CallerRequest, metadata: JSONObject?, kind: AssignmentUnit, requestID: String
    ) -> String {
        let unit: String? =
            switch kind {
            case .request: nil
            case .session:
                header("x-signalbox-session", request) ?? text(metadata, "session_id") ?? user(request, chat, metadata)
            case .user: user(request, chat, metadata)
            }
        return bounded(unit ?? requestID)
    }

    private static func user(_ request: Request, _ chat: CallerRequest, _ metadata: JSONObject?) -> String? {
        header("x-signalbox-unit", request) ?? chat.text(.user) ?? chat.text(.safetyIdentifier)
            ?? text(metadata, "user_id")
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

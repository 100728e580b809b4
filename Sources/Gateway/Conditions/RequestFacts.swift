import Domain
import HTTP
import JSON

/// What conditions can know of one request. Made where a deployment has conditions, and nowhere else.
struct RequestFacts: ConditionFacts {
    let head: RequestHead
    let chat: CallerRequest
    let metadata: JSONObject?
    let slices: [(name: String, value: String)]
    let principal: Principal
    let assigned: String
    let now: Timestamp

    func value(of fact: ConditionFact) -> ConditionValue {
        switch fact {
        case .header(let name): Self.text(line(of: name))
        case .metadata(let name): Self.plain(metadata?[name])
        case .slice(let name): Self.text(slices.first { $0.name == name }?.value)
        case .keyID: .string(principal.keyID)
        case .keyName: .string(principal.name)
        case .unit: .string(assigned)
        case .surface: .string(chat.surface.name)
        case .stream: .bool(chat.isStream)
        case .bytes: chat.byteCount.map { .number(Double($0)) } ?? .absent
        case .hour: .number(Double(secondOfDay / 3_600))
        case .minute: .number(Double(secondOfDay / 60 % 60))
        // The first of January 1970 was a Thursday.
        case .weekday: .number(Double((day + 3).remainder(dividingBy: 7) + 1))
        }
    }

    /// Several lines are one list (RFC 9110 §5.3): a caller's own line must not stand for the one that a proxy added.
    private func line(of name: String) -> String? {
        let lines = head.values(name)
        return lines.isEmpty ? nil : lines.joined(separator: ", ")
    }

    private var day: Int64 { (now.milliseconds / 1_000 - secondOfDay) / 86_400 }

    private var secondOfDay: Int64 { (now.milliseconds / 1_000).remainder(dividingBy: 86_400) }

    private static func text(_ value: String?) -> ConditionValue { value.map { .string($0) } ?? .absent }

    private static func plain(_ value: JSONValue?) -> ConditionValue {
        switch value {
        case .string(let text)?: .string(text)
        case .bool(let flag)?: .bool(flag)
        case .integer(let number)?: .number(Double(number))
        case .number(let number)?: .number(number)
        default: .absent
        }
    }
}

private extension Int64 {
    /// Never below zero.
    func remainder(dividingBy divisor: Int64) -> Int64 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }
}

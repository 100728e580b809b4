import Support

@testable import Redaction

/// Sensitive things to be found again, and words to hide them among.
enum Planted {
    static let words = [
        "order", "4711", "is", "late", "since", "2024-05-17", "12:30", "at", "the", "depot", "3.14", "sk-learn",
        "v2.0.1",
        "naïve", "請聯絡", "—", "100%", "(see", "above)", "#12", "e.g.", "user@localhost", "lodash@4.17.21",
        "0.4532015112830366",
        "1763747583000", "550e8400-e29b-41d4-a716-446655440000", "\"quoted\"", "a/b", "back\\slash", "tab\there",
        "Bearer of",
    ]

    static func one(_ kind: SensitiveKind, _ random: inout SeededGenerator) -> String {
        switch kind {
        case .email: email(&random)
        case .phone: phone(&random)
        case .card: card(&random)
        case .iban: iban(&random)
        case .secret: secret(&random)
        }
    }

    private static func pick(_ alphabet: String, _ count: Int, _ random: inout SeededGenerator) -> String {
        let letters = Array(alphabet)
        return String((0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
    }

    private static let lower = "abcdefghijklmnopqrstuvwxyz"
    private static let digits = "0123456789"
    private static let token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    private static func email(_ random: inout SeededGenerator) -> String {
        let local =
            pick(lower, 3, &random) + pick(lower + digits + "._+-", Int.random(in: 0...9, using: &random), &random)
        let domain = pick(lower, 2, &random) + pick(lower + digits, Int.random(in: 0...9, using: &random), &random)
        return "\(local)k@\(domain).\(["com", "de", "co.uk", "example"].randomElement(using: &random) ?? "org")"
    }

    private static func phone(_ random: inout SeededGenerator) -> String {
        let number = pick(digits, 4, &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return "+49 151 2345\(number)"
        case 1: return "+1-415-555-\(number)"
        case 2: return "+4420\(number)1234"
        case 3: return "(415) 555-\(number)"
        case 4: return "415-555-\(number)"
        case 5: return "0151 2345\(number)"
        default: return "+33\u{202F}6\u{202F}12\u{202F}34\u{202F}56\u{202F}78"
        }
    }

    private static func card(_ random: inout SeededGenerator) -> String {
        let length = [13, 15, 16, 16, 16, 19].randomElement(using: &random) ?? 16
        var number = String(Int.random(in: 3...6, using: &random)) + pick(digits, length - 2, &random)
        for check in 0...9 {
            var sum = LuhnSum()
            for byte in (number + "\(check)").utf8 { sum.add(byte - 48) }
            if sum.isValid {
                number += "\(check)"
                break
            }
        }
        let separator = ["", " ", "-"].randomElement(using: &random) ?? ""
        return stride(from: 0, to: length, by: 4).map { String(number.dropFirst($0).prefix(4)) }
            .joined(separator: separator)
    }

    private static func iban(_ random: inout SeededGenerator) -> String {
        let account = pick(digits, 18, &random)
        for check in 2...98 {
            let head = "DE" + (check < 10 ? "0" : "") + "\(check)"
            var sum = IBANSum()
            for byte in account.utf8 { sum.add(byte) }
            guard sum.isValid(head: Array(head.utf8)) else { continue }
            let whole = head + account
            guard Bool.random(using: &random) else { return whole }
            return stride(from: 0, to: whole.count, by: 4).map { String(whole.dropFirst($0).prefix(4)) }
                .joined(separator: " ")
        }
        return "DE89370400440532013000"
    }

    private static func secret(_ random: inout SeededGenerator) -> String {
        let rest = pick(token, 36, &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "sk-" + rest
        case 1: return "ghp_" + rest
        case 2: return "AKIA" + String(rest.uppercased().prefix(16))
        case 3: return "xoxb-" + rest
        case 4: return "eyJ\(rest).eyJ\(rest).\(rest)"
        case 5: return "sbx_\(rest.prefix(8))_\(rest)"
        case 6: return "-----BEGIN RSA PRIVATE KEY-----\n\(rest)\n\(rest)\n-----END RSA PRIVATE KEY-----"
        default: return "sk-proj-" + rest
        }
    }
}

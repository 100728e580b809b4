/// A question that the provider knows the answer to.
enum KnownQuestion: Hashable {
    case sum(Int, Int)
    case difference(Int, Int)
    case product(Int, Int)
    case capital(country: String)

    private static let opening = Array("What is ".utf8)
    private static let ofCapital = Array("the capital of ".utf8)
    /// Products of two such numbers fit an Int.
    private static let digitsMax = 9
    private static let bytesMax = 80

    /// Finds the last question of a known form anywhere in a text: prompts put words around what they ask.
    init?(lastIn text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= Self.opening.count else { return nil }
        var start = bytes.count - Self.opening.count
        while start >= 0 {
            if bytes[start] == Self.opening[0], bytes[start...].starts(with: Self.opening),
                let known = Self(asking: bytes[(start + Self.opening.count)...])
            {
                self = known
                return
            }
            start -= 1
        }
        return nil
    }

    private init?(asking rest: ArraySlice<UInt8>) {
        guard let mark = rest.prefix(Self.bytesMax).firstIndex(of: UInt8(ascii: "?")) else { return nil }
        let asked = rest[..<mark]
        if asked.starts(with: Self.ofCapital) {
            let country = String(decoding: asked.dropFirst(Self.ofCapital.count), as: UTF8.self)
            guard Capitals.byCountry[country] != nil else { return nil }
            self = .capital(country: country)
            return
        }
        let words = asked.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, let left = Self.number(words[0]), let right = Self.number(words[2]) else { return nil }
        switch String(decoding: words[1], as: UTF8.self) {
        case "plus": self = .sum(left, right)
        case "minus": self = .difference(left, right)
        case "times": self = .product(left, right)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...digitsMax).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    var text: String {
        switch self {
        case .sum(let left, let right): "What is \(left) plus \(right)?"
        case .difference(let left, let right): "What is \(left) minus \(right)?"
        case .product(let left, let right): "What is \(left) times \(right)?"
        case .capital(let country): "What is the capital of \(country)?"
        }
    }

    var answer: String {
        switch self {
        case .sum(let left, let right): String(left + right)
        case .difference(let left, let right): String(left - right)
        case .product(let left, let right): String(left * right)
        case .capital(let country): Capitals.byCountry[country] ?? ""
        }
    }

    /// What somebody might answer who errs: a number near by, the capital of another country. Never the right answer.
    func wrongAnswer(_ hash: SeededHash) -> String {
        guard case .capital(let country) = self else {
            let offset = Int(hash.value % 9) + 1
            let right = Int(answer) ?? 0
            return String(hash.mixing(1).value & 1 == 0 ? right + offset : right - offset)
        }
        let own = Capitals.all.firstIndex { $0.country == country } ?? 0
        let others = UInt64(Capitals.all.count - 1)
        return Capitals.all[(own + 1 + Int(hash.value % others)) % Capitals.all.count].capital
    }
}

import JSON
import Support
import Testing

@testable import Redaction

/// What holds for any text, on seeded ones.
@Suite struct PropertyTests {
    /// A document of nested members with sentences in it, some of them with something planted.
    private struct Document {
        var value: JSONValue
        var planted: [String] = []

        init(_ random: inout SeededGenerator, plants: Bool) {
            value = .null
            value = make(&random, depth: 0, plants)
        }

        private mutating func make(_ random: inout SeededGenerator, depth: Int, _ plants: Bool) -> JSONValue {
            switch Int.random(in: 0..<(depth < 4 ? 8 : 5), using: &random) {
            case 0: return .integer(Int64.random(in: -5_000...5_000, using: &random))
            case 1: return .number(Double.random(in: 0...1, using: &random))
            case 2, 3, 4: return .string(sentence(&random, plants))
            case 5:
                // Arguments of a tool call: JSON in a string.
                return .string(make(&random, depth: depth + 1, plants).text)
            case 6:
                return .array(
                    (0..<Int.random(in: 0...3, using: &random)).map { _ in make(&random, depth: depth + 1, plants) })
            default:
                var object = JSONObject()
                for number in 0..<Int.random(in: 0...4, using: &random) {
                    object["k\(number)"] = make(&random, depth: depth + 1, plants)
                }
                return .object(object)
            }
        }

        private mutating func sentence(_ random: inout SeededGenerator, _ plants: Bool) -> String {
            var parts = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                Planted.words.randomElement(using: &random) ?? ""
            }
            if plants {
                let kind = SensitiveKind.allCases.randomElement(using: &random) ?? .email
                let one = Planted.one(kind, &random)
                planted.append(one)
                parts.insert(one, at: Int.random(in: 0...parts.count, using: &random))
            }
            // Words that are numbers must not become a group of what is beside them.
            return parts.joined(separator: " ; ")
        }
    }

    /// Escapes that mean the same, as other encoders write them.
    private func reescaped(_ text: String, _ random: inout SeededGenerator) -> String {
        var result = ""
        var isInString = false
        var isEscape = false
        for scalar in text.unicodeScalars {
            defer { isEscape = scalar == "\\" && !isEscape }
            if scalar == "\"", !isEscape { isInString.toggle() }
            let mayChange = isInString && !isEscape && scalar != "\\" && scalar != "\"" && scalar.value < 0x80
            if mayChange, Int.random(in: 0..<6, using: &random) == 0 {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private func strings(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text] + ((try? JSONValue(parsing: text)).map(strings) ?? [])
        case .array(let items): items.flatMap(strings)
        case .object(let object): object.keys + object.values.flatMap(strings)
        default: []
        }
    }

    @Test(arguments: 0..<300) func whatWasPlantedInJSONIsGoneAndTheRestIsJSON(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let document = Document(&random, plants: true)
        let text = reescaped(document.value.text, &random)
        let once = RedactedBytes(Array(text.utf8))
        let value = try JSONValue(parsing: once.bytes)
        let said = strings(value)
        for one in document.planted {
            #expect(!said.contains { $0.contains(one) }, "\(one) in \(value.text) of \(text)")
        }
        #expect(once.counts.values.reduce(0, +) >= document.planted.count, "\(text)")
        #expect(RedactedBytes(once.bytes).bytes == once.bytes)
    }

    @Test(arguments: 0..<200) func whatIsCleanComesOutEqual(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let text = reescaped(Document(&random, plants: false).value.text, &random)
        #expect(RedactedBytes(Array(text.utf8)).bytes == Array(text.utf8))
    }

    @Test(arguments: 0..<200) func whatWasPlantedInTextIsGone(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var parts: [String] = []
        var planted: [String] = []
        for _ in 0..<20 {
            parts.append(Planted.words.randomElement(using: &random) ?? "")
            let one = Planted.one(SensitiveKind.allCases.randomElement(using: &random) ?? .email, &random)
            parts.append(one)
            planted.append(one)
        }
        let once = RedactedBytes(Array(parts.joined(separator: " ; ").utf8))
        let said = String(decoding: once.bytes, as: UTF8.self)
        for one in planted { #expect(!said.contains(one), "\(said)") }
        #expect(RedactedBytes(once.bytes).bytes == once.bytes)
    }

    /// Fragments of every form in any order: nothing crashes, JSON stays JSON, and a second time finds nothing.
    @Test(arguments: 0..<2_000) func anySoupIsIdempotentAndStaysJSON(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let fragments = [
            "@", ".", "-", "+", " ", "(", ")", "/", "4", "4111", "1111", "0151", "00", "415", "555-2671", "a", "de",
            "DE89",
            "3704", "sk-", "ghp_", "abcdefghijklmnopqrst", "eyJ", "AKIA", "IOSFODNN7EXAMPLE", "Bearer ", "-----BEGIN ",
            "PRIVATE KEY-----", "-----END ", "é", "請", "\u{202F}", "_", "\n", "\\", "\"", "{", "[", ":", "com",
            "-----BEGIN PRIVATE KEY-----MIIE-----END PRIVATE KEY-----",
            "4111111111111111", "+4915112345678", "ada@b.example", "DE89370400440532013000",
        ]
        let soup = (0..<Int.random(in: 0...60, using: &random)).map { _ in
            fragments.randomElement(using: &random) ?? ""
        }.joined()
        let plain = RedactedBytes(Array(soup.utf8))
        #expect(RedactedBytes(plain.bytes).bytes == plain.bytes, "\(soup)")
        let document = RedactedBytes(JSONValue.array([.string(soup), .object([soup: 1])]).encoded())
        #expect(throws: Never.self) { try JSONValue(parsing: document.bytes) }
        #expect(RedactedBytes(document.bytes).bytes == document.bytes, "\(soup)")
    }

    @Test(arguments: [
        "@", "a@", "a.b@", "a@b.", "eyJ-", "eyJ.", "eyJ-eyJ.eyJ-", "sk-", "1 ", "4111 ", "41", "4", "0", "00 ", "+",
        "+4 ", "(",
        "DE89 ", "A", "AB12", "-", "-----", "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\n-----END ",
        "-----END ", "Bearer ", "bearer a", "ghp_", "AKIA", "\u{202F}4", "é", "x@y.z", " a@b.cd", "415-555-2671", "\\",
        "\"",
    ])
    func stepsAreLinear(_ piece: String) {
        func looks(_ count: Int) -> Int {
            let bytes = CountingBytes(String(repeating: piece, count: count))
            var scanner = SensitiveScanner(bytes)
            while scanner.next() != nil {}
            return bytes.looks
        }
        let few = looks(2_000)
        let many = looks(8_000)
        #expect(many <= few * 4 + few / 4 + 1_000, "\(few) to \(many)")
        #expect(few <= 2_000 * piece.utf8.count * 120, "\(few)")
    }
}

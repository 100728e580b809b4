import JSON

/// What a request asks in words, apart from all else that it says.
///
/// The words are those of the last text in the last message, where that is a user's. Whatever else there is (the turns
/// before, the system's, tools, images, parameters) has to be the very same for two questions to be compared at all: so
/// has every number in the words themselves, every sign of arithmetic and every negation, for to vectors `17 * 3` is as
/// good as `17 * 4`, order 4711 as good as order 4712, and what is allowed as good as what is not.
struct SemanticQuestion: Sendable {
    /// Longer texts are about too much for one vector, and for what makes them.
    static let textBytesMax = 8_192

    let text: String
    /// What two questions have in common that are compared.
    let scope: CacheKey

    /// - Returns: nil where the cache has to do with what is the very same.
    init?(
        _ chat: CallerRequest, prefix: [UInt8], allowed: [Bool]?, unit: (name: String, source: CallerUnit.Source)?
    ) {
        guard chat.surface.isConversation, let field = Self.words(chat), field.value.count <= Self.textBytesMax else {
            return nil
        }
        let text = field.string(in: chat.bytes)
        guard text.contains(where: { !$0.isWhitespace }) else { return nil }
        var rest: [UInt8] = []
        rest.reserveCapacity(chat.bytes.count)
        rest += chat.bytes[..<field.value.lowerBound]
        rest += [0x22, 0x22]
        rest += chat.bytes[field.value.upperBound...]
        var ahead = prefix
        // No key of a whole request has this between its prefix and its form.
        ahead.append(UInt8(ascii: "~"))
        for literal in Self.literals(text) { JSONText.appendEscaped(literal, to: &ahead) }
        guard
            let scope = RequestFingerprint.key(
                rest, isStream: chat.isStream, prefix: ahead, allowed: allowed, unit: unit)
        else { return nil }
        self.text = text
        self.scope = scope
    }

    /// The words of a request that is compared by them; nil for any other.
    static func words(_ chat: CallerRequest) -> FieldScan.Field? {
        guard let messages = chat[.messages], messages.kind == .array,
            let last = try? FieldScan.elements(of: messages, in: chat.bytes).last, last.kind == .object,
            let message = try? FieldScan(chat.bytes, within: last.value, wanted: ["role", "content"]),
            message["role"]?.string(in: chat.bytes, equals: "user") == true, let content = message["content"]
        else { return nil }
        switch content.kind {
        case .string: return content
        case .array: return lastText(of: content, in: chat.bytes)
        default: return nil
        }
    }

    private static func lastText(of parts: FieldScan.Field, in bytes: [UInt8]) -> FieldScan.Field? {
        guard let elements = try? FieldScan.elements(of: parts, in: bytes) else { return nil }
        for element in elements.reversed() where element.kind == .object {
            guard let part = try? FieldScan(bytes, within: element.value, wanted: ["type", "text"]) else { return nil }
            guard part["type"]?.string(in: bytes, equals: "text") == true else { continue }
            return part["text"].flatMap { $0.kind == .string ? $0 : nil }
        }
        return nil
    }

    /// The words with a digit or a sign of mathematics in them, without what stands around them, and the negations of
    /// the others.
    static func literals(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).flatMap { word in
            guard word.contains(where: { $0.isNumber || isSign($0) }) else { return Negation.words(in: word) }
            var word = word
            while let first = word.first, !isPart(first) {
                // A fraction without its zero.
                if first == ".", word.dropFirst().first?.isNumber == true { break }
                word.removeFirst()
            }
            while let last = word.last, !isPart(last) { word.removeLast() }
            return [String(word)]
        }
    }

    private static func isPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || isSign(character)
    }

    private static func isSign(_ character: Character) -> Bool {
        character.isMathSymbol || character.isCurrencySymbol || "-*/%^".contains(character)
    }
}

extension Surface {
    /// Whether what is asked over it is what people say.
    var isConversation: Bool { self == .chat || self == .messages }
}

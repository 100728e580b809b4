import Domain
import JSON
import Translation

/// Puts a variant's prompt into a request of Anthropic's wire without touching what the caller wrote: its turns around
/// the caller's in `messages`, its instructions before the caller's in `system`.
enum AnthropicPrompt {
    static func put(
        _ prompt: CompiledPrompt, into splice: inout FieldSplice, _ request: CallerRequest
    ) throws(OpenAIError) {
        let turns = try PromptTurns(prompt, request)
        do throws(TranslationError) {
            let before = try AnthropicMessages.messages(turns.before.messages)
            let after = try AnthropicMessages.messages(turns.after.messages)
            // All instructions go to the front, as everywhere towards this wire.
            let late = (turns.before.messages + turns.after.messages).filter { $0.role == .system }.flatMap(\.parts)
            let system = turns.before.system + turns.after.system + late
            try put(before, after, into: &splice, request)
            try put(system, into: &splice, request)
        } catch {
            throw OpenAIError(error.inside("the prompt"))
        }
    }

    private static func put(
        _ before: [JSONValue], _ after: [JSONValue], into splice: inout FieldSplice, _ request: CallerRequest
    ) throws(TranslationError) {
        guard let field = request[.messages] else {
            return splice.insert(key: "messages", value: JSONValue.array(before + after).encoded())
        }
        guard field.kind == .array else { throw .malformed("messages", "must be a list") }
        splice.replace(
            field, with: list(before.map { $0.encoded() } + [inner(field, request)] + after.map { $0.encoded() }))
    }

    private static func put(
        _ system: [Part], into splice: inout FieldSplice, _ request: CallerRequest
    ) throws(TranslationError) {
        let blocks = system.filter { !$0.isBlank }.compactMap(\.text).map { text in
            JSONValue.object(["type": "text", "text": .string(text)]).encoded()
        }
        guard !blocks.isEmpty else { return }
        guard let field = request.parameter("system"), field.kind != .null else {
            if let field = request.parameter("system") {
                splice.replace(field, with: list(blocks))
            } else {
                splice.insert(key: "system", value: list(blocks))
            }
            return
        }
        switch field.kind {
        case .array: splice.replace(field, with: list(blocks + [inner(field, request)]))
        case .string:
            let own = Array(#"{"type":"text","text":"#.utf8) + request.bytes[field.value] + Array("}".utf8)
            splice.replace(field, with: list(blocks + [own]))
        default: throw .malformed("system", "must be a string or a list")
        }
    }

    /// What stands between the brackets.
    private static func inner(_ field: FieldScan.Field, _ request: CallerRequest) -> [UInt8] {
        Array(request.bytes[(field.value.lowerBound + 1)..<(field.value.upperBound - 1)])
    }

    private static func list(_ items: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for item in items where item.contains(where: { $0 > 0x20 }) {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += item
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}

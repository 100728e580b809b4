import JSON
import Testing
import Translation

/// What the suites of single wires share.
enum Wires {
    static let context = ReplyContext(createdAt: 1_767_225_600, id: "own-id", model: "own-model")

    static func object(_ text: String) throws -> JSONObject {
        try #require(try JSONValue(parsing: text).objectValue)
    }

    static func value(_ bytes: [UInt8]) throws -> JSONValue { try JSONValue(parsing: bytes) }

    /// The request of OpenAI's wire as Anthropic's.
    static func toAnthropic(_ text: String) throws -> JSONValue {
        .object(try AnthropicMessages.request(try OpenAIChat.conversation(try object(text))))
    }

    /// The request of Anthropic's wire as OpenAI's.
    static func toOpenAI(_ text: String) throws -> JSONValue {
        .object(try OpenAIChat.request(try AnthropicMessages.conversation(try object(text))))
    }

    static func fault(_ work: () throws -> Void) -> TranslationError? {
        do { try work() } catch { return error as? TranslationError }
        return nil
    }

    /// Everything that a stream of a provider's comes to on a caller's wire.
    static func translated(
        _ events: [WireEvent], from provider: any ProviderWire.Type, to caller: any CallerWire.Type,
        wantsUsage: Bool = true
    ) throws -> [WireEvent] {
        var context = context
        context.wantsStreamUsage = wantsUsage
        var reader = provider.eventReader()
        var writer = caller.eventWriter(context)
        var written: [WireEvent] = []
        for event in events { for read in try reader.read(event) { written += writer.write(read) } }
        return written
    }

    static func typed(_ data: String) -> WireEvent {
        let name = (try? JSONValue(parsing: data))?["type"]?.stringValue
        return WireEvent(name: name, data: Array(data.utf8))
    }

    static func chunk(_ data: String) -> WireEvent { WireEvent(data: Array(data.utf8)) }
}

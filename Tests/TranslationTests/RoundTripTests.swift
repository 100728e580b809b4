import JSON
import Support
import Testing
import Translation

/// What both wires can say survives the way from one to the other and back; seeded.
struct RoundTripTests {
    @Test(arguments: 0..<400) func aConversationComesBackFromEitherWire(seed: Int) throws {
        var maker = ConversationMaker(seed: UInt64(seed))
        let made = maker.conversation()
        let openAI = try OpenAIChat.request(made)
        let first = try OpenAIChat.conversation(openAI)
        #expect(normal(first) == normal(made), "through OpenAI's wire")
        let anthropic = try AnthropicMessages.request(first)
        let second = try AnthropicMessages.conversation(anthropic)
        #expect(normal(second) == normal(made), "and through Anthropic's")
        let back = try OpenAIChat.conversation(try OpenAIChat.request(second))
        #expect(normal(back) == normal(made), "and back")
        // The text of both is JSON that reads as itself.
        #expect(try JSONValue(parsing: JSONValue.object(anthropic).encoded()) == .object(anthropic))
    }

    @Test(arguments: 0..<400) func anAnswerComesBackFromEitherWire(seed: Int) throws {
        var maker = ConversationMaker(seed: UInt64(seed))
        let made = maker.reply()
        for wire in [OpenAIChat.self, AnthropicMessages.self] as [any (CallerWire & ProviderWire).Type] {
            let bytes = try wire.answer(made, Wires.context)
            let read = try wire.reply(try #require(try Wires.value(bytes).objectValue))
            #expect(Self.told(read) == made, "through \(wire.name)")
        }
    }

    /// The same answer, told as a stream, is the same answer.
    @Test(arguments: 0..<200) func aStreamIsItsAnswer(seed: Int) throws {
        var maker = ConversationMaker(seed: UInt64(seed))
        let made = maker.reply()
        let events = maker.events(of: made)
        for wire in [OpenAIChat.self, AnthropicMessages.self] as [any (CallerWire & ProviderWire).Type] {
            var context = Wires.context
            context.wantsStreamUsage = true
            var writer = wire.eventWriter(context)
            var reader = wire.eventReader()
            var read: [ReplyEvent] = []
            for event in events { for written in writer.write(event) { read += try reader.read(written) } }
            var expected = made
            if wire == OpenAIChat.self { expected.parts = made.parts.map(Self.unsigned) }
            #expect(Self.told(ConversationMaker.reply(of: read)) == expected, "through \(wire.name)")
        }
    }

    /// And so it is when it was put from one wire into the other.
    @Test(arguments: 0..<200) func aStreamOverBothWiresIsItsAnswer(seed: Int) throws {
        var maker = ConversationMaker(seed: UInt64(seed))
        let made = maker.reply()
        let events = maker.events(of: made)
        var expected = made
        expected.parts = made.parts.map(Self.unsigned)
        let wires: [any (CallerWire & ProviderWire).Type] = [OpenAIChat.self, AnthropicMessages.self]
        for way in [wires, wires.reversed()] {
            var passed = events
            for wire in way {
                var context = Wires.context
                context.wantsStreamUsage = true
                var writer = wire.eventWriter(context)
                var reader = wire.eventReader()
                passed = try passed.flatMap { writer.write($0) }.flatMap { try reader.read($0) }
            }
            #expect(Self.told(ConversationMaker.reply(of: passed)) == expected, "first \(way[0].name)")
        }
    }

    /// What was written to a cache is nothing here, which one wire says and the other does not.
    private static func told(_ reply: Translation.Reply) -> Translation.Reply {
        var reply = reply
        if reply.usage?.cacheWrite == 0 { reply.usage?.cacheWrite = nil }
        return reply
    }

    /// Signatures reach callers of OpenAI's wire in whole blocks beside the deltas.
    private static func unsigned(_ part: Part) -> Part {
        guard case .reasoning(let reasoning) = part.content else { return part }
        return Part(.reasoning(Reasoning(text: reasoning.text)))
    }

    /// What no wire keeps apart: neighbours of one role, one text in several parts, and defaults.
    private func normal(_ conversation: Conversation) -> Conversation {
        var normal = conversation
        normal.messages = conversation.turns
        normal.wantsStreamUsage = false
        normal.fieldNames = [:]
        // Anthropic wants a limit where nobody set one.
        if normal.maxTokens == AnthropicMessages.maxTokensDefault { normal.maxTokens = nil }
        if case .jsonSchema(let format)? = normal.outputFormat {
            normal.outputFormat = .jsonSchema(OutputFormat.Schema(format.schema))
        }
        return normal
    }
}

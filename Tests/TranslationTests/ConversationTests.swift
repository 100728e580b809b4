import JSON
import Testing
import Translation

/// What all wires share.
struct ConversationTests {
    @Test func neighboursOfOneRoleBecomeOneTurn() {
        let conversation = Conversation(
            model: "m",
            messages: [
                Message(.user, [.text("a")]), Message(.user, [.text("b")]), Message(.assistant, [.text("c")]),
                Message(.user, [.text("d")], name: "ada"), Message(.user, [.text("e")]),
            ])
        #expect(conversation.turns.map(\.role) == [.user, .assistant, .user, .user])
        #expect(conversation.turns[0].parts == [.text("a"), .text("b")])
        #expect(conversation.turns[2].name == "ada", "who speaks keeps turns apart")
    }

    @Test func anErrorNamesTheFieldFromTheRoot() {
        let error = TranslationError.malformed("type", "must be a string")
        let whole = error.inside("content[1]").inside("messages[3]")
        #expect(whole.field == "messages[3].content[1].type")
        #expect(TranslationError.malformed("", "must be an object").inside("tools[0]").field == "tools[0]")
        #expect(TranslationError.malformed("[2]", "must be text").inside("stop").field == "stop[2]")
    }

    @Test func whatAVariantSetsWinsAndTheRestStays() {
        var own = Conversation(model: "m", messages: [Message(.user, [.text("a")])])
        own.maxTokens = 10
        own.sampling.temperature = 1
        own.vendor = ["thinking": ["type": "disabled"]]
        var other = Conversation(model: "other")
        other.maxTokens = 20
        other.vendor = ["speed": "fast"]
        own.overlay(other)
        #expect(own.maxTokens == 20)
        #expect(own.sampling.temperature == 1)
        #expect(own.model == "m")
        #expect(own.vendor == ["thinking": ["type": "disabled"], "speed": "fast"])
    }

    @Test func aRefusalUsesTheCallersOwnName() {
        var conversation = Conversation(model: "m")
        #expect(conversation.unsupported(.stop, by: "X").field == "stop")
        conversation.fieldNames = [.stop: "stop_sequences"]
        #expect(conversation.unsupported(.stop, by: "X").field == "stop_sequences")
        #expect(Message(.user, [], index: 2).unsupported("name", "no names").field == "messages[2].name")
    }
}

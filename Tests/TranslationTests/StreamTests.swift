import JSON
import Support
import Testing
import Translation

/// Streams, both ways; events as in both vendors' references.
struct StreamTests {
    private static let typed = [
        #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"#
            + #""model":"claude-x","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"#
            + #""cache_read_input_tokens":5,"output_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}"#,
        #"{"type":"content_block_stop","index":0}"#, #"{"type": "ping"}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hel"}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"lo \"ü\""}}"#,
        #"{"type":"content_block_stop","index":1}"#,
        #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","#
            + #""name":"w","input":{}}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"c\": \"K"}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"yiv\"}"}}"#,
        #"{"type":"content_block_stop","index":2}"#,
        #"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t2","#
            + #""name":"n","input":{}}}"#,
        #"{"type":"content_block_stop","index":3}"#, #"{"type":"event_of_tomorrow"}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"#
            + #""usage":{"output_tokens":15}}"#,
        #"{"type":"message_stop"}"#,
    ].map(Wires.typed)

    private static func delta(_ delta: String, _ finish: String = "null") -> WireEvent {
        Wires.chunk(
            #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-x","choices":[{"index":0,"delta":"#
                + delta + #","finish_reason":"# + finish + "}]}")
    }

    private static let chunks = [
        delta(#"{"role":"assistant","content":"","refusal":null}"#), delta(#"{"reasoning_content":"hm"}"#),
        delta(#"{"content":"Hel"}"#), delta(#"{"content":"lo"}"#),
        delta(#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":""}}]}"#),
        delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"c\":"}}]}"#),
        delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#),
        delta(#"{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"n","arguments":"{}"}}]}"#),
        delta("{}", #""tool_calls""#),
        Wires.chunk(
            #"{"id":"c1","choices":[],"usage":{"prompt_tokens":30,"completion_tokens":9,"#
                + #""prompt_tokens_details":{"cached_tokens":10}}}"#),
        Wires.chunk("[DONE]"),
    ]

    @Test func typedEventsBecomeChunksWithNumberedCalls() throws {
        let events = try Wires.translated(Self.typed, from: AnthropicMessages.self, to: OpenAIChat.self)
        #expect(events.last == Wires.chunk("[DONE]"))
        let values = try events.dropLast().map { try Wires.value($0.data) }
        let choices = values.compactMap { $0["choices"]?[0] }
        #expect(choices.first?["delta"]?["role"] == "assistant")
        #expect(choices.compactMap { $0["delta"]?["content"]?.stringValue }.joined() == #"Hello "ü""#)
        #expect(choices.compactMap { $0["delta"]?["reasoning_content"]?.stringValue }.joined() == "hm")
        let blocks = choices.compactMap { $0["delta"]?["thinking_blocks"]?[0] }
        #expect(blocks == [["index": 0, "type": "thinking", "thinking": "hm", "signature": "sig"]])
        let calls = choices.compactMap { $0["delta"]?["tool_calls"]?[0] }
        #expect(calls.compactMap { $0["id"]?.stringValue } == ["t1", "t2"])
        #expect(calls.map { $0["index"]?.intValue } == [0, 0, 0, 1, 1])
        let arguments = calls.filter { $0["index"] == 0 }.compactMap { $0["function"]?["arguments"]?.stringValue }
        #expect(arguments.joined() == #"{"c": "Kyiv"}"#)
        #expect(calls.last?["function"]?["arguments"] == "{}", "a caller reads arguments as JSON")
        #expect(choices.last?["finish_reason"] == "tool_calls")
        let usage = values.last
        #expect(usage?["choices"] == [])
        #expect(
            usage?["usage"] == [
                "prompt_tokens": 30, "completion_tokens": 15, "total_tokens": 45,
                "prompt_tokens_details": ["cached_tokens": 5],
            ])
        #expect(values.dropLast().allSatisfy { $0["usage"] == .null })
        #expect(values.allSatisfy { $0["id"] == "msg_1" && $0["model"] == "claude-x" })
    }

    @Test func usageThatWasNotAskedForIsNotTold() throws {
        let events = try Wires.translated(
            Self.typed, from: AnthropicMessages.self, to: OpenAIChat.self, wantsUsage: false)
        #expect(!events.contains { String(decoding: $0.data, as: UTF8.self).contains("usage") })
    }

    @Test func chunksBecomeTypedEventsInTheirOrder() throws {
        let events = try Wires.translated(Self.chunks, from: OpenAIChat.self, to: AnthropicMessages.self)
        let values = try events.map { try Wires.value($0.data) }
        #expect(events.map(\.name) == values.map { $0["type"]?.stringValue })
        #expect(
            values.compactMap { $0["type"]?.stringValue } == [
                "message_start", "content_block_start", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop",
            ])
        #expect(
            values.filter { $0["type"] == "content_block_start" }.map { $0["content_block"] } == [
                ["type": "thinking", "thinking": "", "signature": ""], ["type": "text", "text": ""],
                ["type": "tool_use", "id": "a", "name": "w", "input": [:]],
                ["type": "tool_use", "id": "b", "name": "n", "input": [:]],
            ])
        #expect(
            values.filter { $0["type"] == "content_block_start" }.map { $0["index"]?.intValue } == [0, 1, 2, 3])
        let pieces = values.filter { $0["index"] == 2 }.compactMap { $0["delta"]?["partial_json"]?.stringValue }
        #expect(pieces.joined() == #"{"c":1}"#)
        let last = values[values.count - 2]
        #expect(last["delta"] == ["stop_reason": "tool_use", "stop_sequence": nil])
        #expect(
            last["usage"] == [
                "input_tokens": 20, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 10,
                "output_tokens": 9,
            ])
    }

    /// A stream that breaks says nothing of an end, wherever it breaks.
    @Test func noPrefixOfAStreamIsAWholeAnswer() throws {
        for count in 0..<Self.typed.count {
            let events = try Wires.translated(
                Array(Self.typed.prefix(count)), from: AnthropicMessages.self, to: OpenAIChat.self)
            #expect(!events.contains(Wires.chunk("[DONE]")))
        }
        for count in 0..<Self.chunks.count {
            let events = try Wires.translated(
                Array(Self.chunks.prefix(count)), from: OpenAIChat.self, to: AnthropicMessages.self)
            #expect(!events.contains { $0.name == "message_stop" || $0.name == "message_delta" })
        }
    }

    @Test func anErrorWithinAStreamIsTheCallersOwn() throws {
        let typed = Wires.typed(#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)
        let chunk = try Wires.translated([typed], from: AnthropicMessages.self, to: OpenAIChat.self)
        #expect(try Wires.value(chunk[0].data)["error"]?["message"] == "Overloaded")
        #expect(try Wires.value(chunk[0].data)["error"]?["code"] == "overloaded_error")
        let other = Wires.chunk(#"{"error":{"message":"no","code":"x"}}"#)
        let event = try Wires.translated([other], from: OpenAIChat.self, to: AnthropicMessages.self)
        #expect(event[0].name == "error")
        #expect(try Wires.value(event[0].data)["error"] == ["type": "api_error", "message": "no"])
    }

    @Test(
        arguments: [
            "no json", "[]", #"{"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":""}}"#,
            #"{"type":"content_block_stop"}"#, #"{"type":"content_block_start","index":0}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use"}}"#,
        ])
    func whatIsNoEventOfAnthropicsBreaksTheStream(data: String) {
        var reader = AnthropicMessages.eventReader()
        #expect(throws: TranslationError.self) { try reader.read(Wires.typed(data)) }
    }

    @Test func aCallThatHasEndedCannotGoOn() throws {
        var reader = OpenAIChat.eventReader()
        for chunk in Self.chunks.prefix(8) { _ = try reader.read(chunk) }
        let late = Self.delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]}"#)
        #expect(throws: TranslationError.self) { try reader.read(late) }
    }

    @Test func aRefusalThatIsStreamedIsOne() throws {
        var reader = OpenAIChat.eventReader()
        let events = try [
            Self.delta(#"{"role":"assistant","content":""}"#), Self.delta(#"{"refusal":"No."}"#),
            Self.delta("{}", #""stop""#),
        ].flatMap { try reader.read($0) }
        #expect(events.last == .finish(.refusal))
    }

    @Test func aListOfThoughtsAndTextsIsStreamedAsBoth() throws {
        var reader = OpenAIChat.eventReader()
        let events = try [
            Self.delta(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#),
            Self.delta(#"{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":"Hi"}]}"#),
            Self.delta(#"{"content":"!"}"#),
        ].flatMap { try reader.read($0) }
        #expect(
            Array(events.dropFirst()) == [
                .partStart(0, .reasoning(sealed: nil)), .reasoningDelta(0, "hm"), .partEnd(0), .partStart(1, .text),
                .textDelta(1, "Hi"), .textDelta(1, "!"),
            ])
        #expect(throws: TranslationError.self) { try reader.read(Self.delta(#"{"content":[{"type":"image_url"}]}"#)) }
    }

    /// Anthropic's callers read the input at the start; what is told at the end holds.
    @Test func aStreamBeginsWithAnEstimateOfItsInput() throws {
        var context = Wires.context
        context.inputTokens = 12
        var writer = AnthropicMessages.eventWriter(context)
        let start = try Wires.value(writer.write(.start(id: "", model: ""))[0].data)
        #expect(start["message"]?["usage"] == ["input_tokens": 12, "output_tokens": 0])
    }

    @Test func anEndWithoutAReasonIsNone() throws {
        for chunks in [[], Array(Self.chunks.prefix(4))] {
            var reader = OpenAIChat.eventReader()
            for chunk in chunks { _ = try reader.read(chunk) }
            #expect(throws: TranslationError.self) { try reader.read(Wires.chunk("[DONE]")) }
        }
        var reader = AnthropicMessages.eventReader()
        for event in Self.typed.prefix(6) { _ = try reader.read(event) }
        #expect(throws: TranslationError.self) { try reader.read(Self.typed.last ?? Wires.typed("")) }
    }

    // MARK: Calls

    private static func calls(_ chunks: [String]) throws -> [[String]] {
        var reader = OpenAIChat.eventReader()
        var calls: [[String]] = []
        var places: [Int: Int] = [:]
        var ended: Set<Int> = []
        let all = chunks.map { delta(#"{"tool_calls":[\#($0)]}"#) } + [delta("{}", #""tool_calls""#)]
        for event in try all.flatMap({ try reader.read($0) }) {
            switch event {
            case .partStart(let part, .toolCall(let id, let name)):
                places[part] = calls.count
                calls.append([id, name, ""])
            case .argumentsDelta(let part, let text):
                #expect(!ended.contains(part))
                calls[try #require(places[part])][2] += text
            case .partEnd(let part): #expect(ended.insert(part).inserted)
            default: break
            }
        }
        #expect(ended.count == calls.count)
        return calls
    }

    /// As Ollama gives them: every one as number 0, with an id of its own.
    @Test func callsOfOneNumberAreToldApartByTheirIds() throws {
        let found = try Self.calls([
            #"{"index":0,"id":"a","function":{"name":"w","arguments":"{\"p\":\"}\"}"}}"#,
            #"{"index":0,"id":"b","function":{"name":"w","arguments":"{\"p\":"}}"#,
            #"{"index":0,"id":"b","function":{"arguments":"2}"}}"#,
            #"{"index":0,"id":"c","function":{"name":"n","arguments":""}}"#,
        ])
        #expect(found == [["a", "w", #"{"p":"}"}"#], ["b", "w", #"{"p":2}"#], ["c", "n", ""]])
    }

    @Test func callsThatComeInTurnsAreWholeAll() throws {
        let found = try Self.calls([
            #"{"index":0,"id":"a","function":{"name":"w","arguments":""}},"#
                + #"{"index":1,"id":"b","function":{"name":"n","arguments":""}}"#,
            #"{"index":0,"function":{"arguments":"{\"p\""}},{"index":1,"function":{"arguments":"{"}}"#,
            #"{"index":1,"function":{"arguments":"}"}},{"index":0,"function":{"arguments":":1}"}}"#,
        ])
        #expect(found == [["a", "w", #"{"p":1}"#], ["b", "n", "{}"]])
    }

    @Test func callsWithoutIdsGetSomeThatNoOtherAnswerHas() throws {
        let chunk = #"{"index":0,"function":{"name":"w","arguments":"{}"}}"#
        let found = try Self.calls([chunk, chunk])
        #expect(found == [["call_c1_0", "w", "{}"], ["call_c1_1", "w", "{}"]])
    }

    /// The last event of each order is out of place.
    @Test(
        arguments: [
            [
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"#
                    + #""usage":{"input_tokens":1,"output_tokens":1}}"#
            ],
            [#"{"type":"message_stop"}"#],
            [#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#],
            [#"{"type":"message_start","message":{}}"#, #"{"type":"message_start","message":{}}"#],
            [#"{"type":"message_start","message":{}}"#, #"{"type":"message_stop"}"#],
            [
                #"{"type":"message_start","message":{}}"#, #"{"type":"message_delta","delta":{"stop_reason":"x"}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            ],
            [
                #"{"type":"message_start","message":{}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            ],
        ])
    func eventsOutOfTheirOrderBreakTheStream(events: [String]) throws {
        var reader = AnthropicMessages.eventReader()
        for event in events.dropLast() { _ = try reader.read(Wires.typed(event)) }
        #expect(throws: TranslationError.self) { try reader.read(Wires.typed(events.last ?? "")) }
    }

    /// Whatever comes in whatever order, nothing traps and each event is JSON.
    @Test(arguments: 0..<300) func anyOrderOfEventsIsReadOrRefused(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var context = Wires.context
        context.wantsStreamUsage = true
        let ways: [([WireEvent], any ProviderWire.Type, any CallerWire.Type)] = [
            (Self.typed, AnthropicMessages.self, OpenAIChat.self),
            (Self.chunks, OpenAIChat.self, AnthropicMessages.self),
        ]
        for (events, provider, caller) in ways {
            var reader = provider.eventReader()
            var writer = caller.eventWriter(context)
            let isStarted = random.next() & 1 == 0
            for index in 0..<30 {
                let event = isStarted && index == 0 ? events[0] : events[Int(random.next() % UInt64(events.count))]
                guard let read = try? reader.read(event) else { continue }
                for written in read.flatMap({ writer.write($0) }) where written != Wires.chunk("[DONE]") {
                    #expect(try Wires.value(written.data).objectValue != nil)
                }
            }
        }
    }

    /// A writer holds nothing against its reader.
    @Test func eventsBeforeAnyStartAreJSONAllTheSame() throws {
        var context = Wires.context
        context.wantsStreamUsage = true
        var writer = OpenAIChat.eventWriter(context)
        let events: [ReplyEvent] = [
            .textDelta(0, "x"), .usage(TokenUsage(input: 1, output: 2)), .finish(.unknown), .end,
        ]
        let written = events.flatMap { writer.write($0) }
        let values = try written.dropLast().map { try Wires.value($0.data) }
        #expect(values.map { $0["id"]?.stringValue } == ["own-id", "own-id", "own-id"])
        #expect(values.last?["usage"]?["total_tokens"] == 3)
    }

    @Test func whatAnAnswerMayHaveOpenAtOnceIsBounded() throws {
        var reader = AnthropicMessages.eventReader()
        _ = try reader.read(Self.typed[0])
        func start(_ index: Int, _ type: String) -> WireEvent {
            Wires.typed(#"{"type":"content_block_start","index":\#(index),"content_block":{"type":"\#(type)"}}"#)
        }
        for index in 0..<1_024 { _ = try reader.read(start(index, "text")) }
        #expect(throws: TranslationError.self) { try reader.read(start(1_024, "text")) }
        var thinking = AnthropicMessages.eventReader()
        _ = try thinking.read(Self.typed[0])
        _ = try thinking.read(start(0, "thinking"))
        let text = String(repeating: "x", count: 1 << 20)
        let piece = Wires.typed(
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\#(text)"}}"#)
        for _ in 0..<16 { _ = try thinking.read(piece) }
        #expect(throws: TranslationError.self) { try thinking.read(piece) }
        var calls = OpenAIChat.eventReader()
        func call(_ index: Int) -> WireEvent {
            Self.delta(#"{"tool_calls":[{"index":\#(index),"id":"c\#(index)","function":{"name":"w"}}]}"#)
        }
        for index in 0..<1_024 { _ = try calls.read(call(index)) }
        #expect(throws: TranslationError.self) { try calls.read(call(1_024)) }
    }

    /// The count of output at the start is a mere beginning.
    @Test func theOutputIsNotCountedBeforeItsEnd() throws {
        var reader = AnthropicMessages.eventReader()
        let all = try Self.typed.flatMap { try reader.read($0) }
        let first = all.firstIndex(of: .input(TokenUsage(input: 30, output: 0, cacheRead: 5)))
        let last = all.firstIndex(of: .usage(TokenUsage(input: 30, output: 15, cacheRead: 5)))
        #expect(try #require(first) < #require(last))
        #expect(all.count { if case .usage = $0 { true } else { false } } == 1)
    }
}

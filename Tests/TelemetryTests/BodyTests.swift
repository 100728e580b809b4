import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Telemetry

@Suite struct BodyTests {
    private static let question = #"{"model":"bot","messages":[{"role":"user","content":"I am ada@b.example"}]}"#

    private static func bodies(
        _ request: String = question, answer: String? = #"{"choices":[]}"#, bytesMax: Int = 4_096
    ) -> OutcomeBodies {
        let bodies = OutcomeBodies(request: Array(request.utf8), bytesMax: bytesMax)
        if let answer { bodies.answered(Array(answer.utf8)) }
        return bodies
    }

    private func read(_ harness: TelemetryHarness, _ outcome: Outcome, as key: String = "admin") async -> Reply {
        await harness.send(.get, "/outcomes/\(outcome.id)/bodies", as: key)
    }

    @Test func bodiesAreRedactedPackedAndReadBack() async throws {
        let harness = try await TelemetryHarness()
        let long = String(repeating: "all the same ", count: 200)
        let outcome = harness.record {
            $0.bodies = Self.bodies(answer: #"{"choices":[{"message":{"content":"\#(long) +49 151 23456789"}}]}"#)
        }
        let bare = harness.record()
        let reply = await read(harness, outcome)
        #expect(reply.status == 200)
        let request = reply.json["request"]
        #expect(request?["json"]?["messages"]?[0]?["content"] == "I am [email]")
        #expect(request?["bytes"] == JSONValue(Self.question.utf8.count))
        #expect(request?["truncated"] == false)
        #expect(request?["redacted"] == ["email": 1])
        #expect(reply.json["answer"]?["json"]?["choices"]?[0]?["message"]?["content"] == .string("\(long) [phone]"))
        // The outcome without bodies has no row, and is as it was.
        #expect(await read(harness, bare).status == 404)
        #expect(await harness.send(.get, "/outcomes/\(bare.id)").status == 200)
        #expect(try await harness.count("bodies") == 1)
        #expect(harness.writer.bodies.stored == 1)
        #expect(harness.writer.bodies.bytes < 500)
    }

    /// What comes after the words may be cut off in the middle of something sensitive, unless it is whole.
    @Test(arguments: ["completed", "in_progress"])
    func aStreamedResponseIsStoredAsAResponse(status: String) async throws {
        let harness = try await TelemetryHarness()
        let text = String(repeating: "all the same ", count: 20) + "ask ada@b.example"
        let bodies = OutcomeBodies(request: Array(Self.question.utf8), bytesMax: 4_096)
        bodies.relayed(Array(#"{"type":"response.created","response":{"id":"resp_1","status":"in_progress"}}"#.utf8))
        bodies.relayed(Array(#"{"type":"response.output_text.delta","delta":"all"}"#.utf8))
        let output = #"[{"type":"message","content":[{"type":"output_text","text":"\#(text)"}]}]"#
        bodies.relayed(
            Array(#"{"type":"x","response":{"id":"resp_1","status":"\#(status)","output":\#(output)}}"#.utf8))
        let outcome = harness.record { $0.bodies = bodies }
        let answer = await read(harness, outcome).json["answer"]
        #expect(answer?["json"]?["id"] == "resp_1" && answer?["json"]?["status"] == .string(status))
        let stored = answer?["json"]?["output"]?[0]?["content"]?[0]
        #expect(stored?["type"] == "output_text")
        let told = try #require(stored?["text"]?.stringValue)
        #expect(told.hasPrefix("all the same") && !told.contains("ada@"))
        #expect(told.hasSuffix("[email]") == (status == "completed"))
        #expect(answer?["truncated"] == .bool(status != "completed"))
    }

    @Test func whoMayNotReadBodiesIsToldSoAndOthersFindNone() async throws {
        let harness = try await TelemetryHarness()
        let outcome = harness.record { $0.bodies = Self.bodies() }
        #expect(await read(harness, outcome).status == 200)
        #expect(await read(harness, outcome, as: "viewer").status == 403)
        #expect(await harness.send(.get, "/outcomes/\(outcome.id)", as: "viewer").status == 200)
        #expect(await read(harness, outcome, as: "other").status == 404)
        #expect(await harness.send(.get, "/outcomes/none/bodies").status == 404)
        for role in Role.allCases {
            #expect(role.permissions.contains(.bodiesRead) == (role == .admin || role == .operator))
        }
    }

    @Test func aStreamedTextIsPutTogetherBeforeItIsRedacted() async throws {
        let harness = try await TelemetryHarness()
        let outcome = harness.record {
            let bodies = Self.bodies(answer: nil)
            for text in ["write to a", "da@b.exa", "mple ", "now"] {
                bodies.relayed(Array(#"{"id":"c","choices":[{"index":0,"text":"\#(text)"}]}"#.utf8))
            }
            bodies.relayed(Array(#"{"id":"c","choices":[{"index":0,"text":"","finish_reason":"stop"}]}"#.utf8))
            $0.bodies = bodies
        }
        let answer = await read(harness, outcome).json["answer"]
        #expect(answer?["redacted"] == ["email": 1])
        #expect(answer?["json"]?["object"] == "text_completion")
        #expect(answer?["json"]?["choices"]?[0]?["text"] == "write to [email] now")
        #expect(answer?["json"]?["choices"]?[0]?["finish_reason"] == "stop")
    }

    @Test func textIsShownAsTextAndAMissingAnswerAsNull() async throws {
        let harness = try await TelemetryHarness()
        let outcome = harness.record { $0.bodies = Self.bodies("no JSON, ada@b.example", answer: nil) }
        let reply = await read(harness, outcome)
        #expect(reply.json["request"]?["text"] == "no JSON, [email]")
        #expect(reply.json["request"]?["json"] == nil)
        #expect(reply.json["answer"] == .null)
    }

    /// What stands across the end is not half there, however the end falls.
    @Test func aLongBodyIsCutAndSaysSo() async throws {
        let harness = try await TelemetryHarness()
        let text = "card 4111111111111111, " + String(repeating: "é", count: 3_000)
        var outcomes: [Outcome] = []
        for bytesMax in 5...25 {
            outcomes.append(harness.record { $0.bodies = Self.bodies(text, answer: text, bytesMax: bytesMax) })
        }
        for outcome in outcomes {
            let reply = await read(harness, outcome)
            for side in ["request", "answer"] {
                let kept = reply.json[side]?["text"]?.stringValue ?? ""
                #expect(text.replacing("4111111111111111", with: "[card]").hasPrefix(kept), "\(kept)")
                #expect(reply.json[side]?["truncated"] == true)
                #expect(reply.json[side]?["bytes"] == JSONValue(text.utf8.count))
            }
        }
    }

    @Test func aStreamIsStoredAsOneAnswerWithoutWhatCameInShreds() async throws {
        let harness = try await TelemetryHarness()
        let outcome = harness.record { outcome in
            let bodies = Self.bodies(answer: nil)
            func event(_ index: Int, _ delta: JSONValue, _ reason: JSONValue = .null) {
                let choice: JSONValue = ["index": JSONValue(index), "delta": delta, "finish_reason": reason]
                bodies.relayed(JSONValue.object(["id": "c1", "model": "m", "choices": [choice]]).encoded())
            }
            event(0, ["role": "assistant", "content": ""])
            for shred in ["write to a", "da", "@b", ".exam", "ple, card 4111 ", "1111 11", "11 1111."] {
                event(0, ["content": .string(shred)])
                event(1, ["role": "assistant", "content": "x"])
            }
            let call: JSONValue = ["index": 0, "id": "t1", "type": "function", "function": ["name": "send"]]
            event(0, ["tool_calls": [call]])
            for shred in [#"{"to":"gr"#, #"ace@b.example","n":41111111"#, "11111111}"] {
                event(0, ["tool_calls": [["index": 0, "function": ["arguments": .string(shred)]]]])
            }
            event(0, [:], "stop")
            event(1, [:], "stop")
            outcome.bodies = bodies
        }
        let answer = await read(harness, outcome).json["answer"]
        let choices = answer?["json"]?["choices"]
        let message = choices?[0]?["message"]
        #expect(message?["role"] == "assistant")
        #expect(message?["content"] == "write to [email], card [card].")
        #expect(message?["tool_calls"]?[0]?["id"] == "t1")
        #expect(message?["tool_calls"]?[0]?["function"]?["name"] == "send")
        #expect(message?["tool_calls"]?[0]?["function"]?["arguments"] == #"{"to":"[email]","n":"[card]"}"#)
        #expect(choices?[0]?["finish_reason"] == "stop")
        #expect(choices?[1]?["message"]?["content"] == "xxxxxxx")
        #expect(answer?["redacted"] == ["email": 2, "card": 2])
        #expect(answer?["truncated"] == false)
    }

    /// A caller that leaves, a provider that breaks off and a limit of tokens end a text anywhere.
    @Test(arguments: [JSONValue.null, "length", "stop"]) func aStreamThatIsNotOverLosesItsEnd(reason: JSONValue)
        async throws
    {
        let harness = try await TelemetryHarness()
        let outcome = harness.record { outcome in
            let bodies = Self.bodies(answer: nil)
            let text = String(repeating: "word ", count: 40) + "my card is 4111 1111 1111"
            for (content, reason) in [(JSONValue.string(text), JSONValue.null), ("", reason)] {
                let choice: JSONValue = ["index": 0, "delta": ["content": content], "finish_reason": reason]
                bodies.relayed(JSONValue.object(["choices": [choice]]).encoded())
            }
            outcome.bodies = bodies
        }
        let answer = await read(harness, outcome).json["answer"]
        let content = answer?["json"]?["choices"]?[0]?["message"]?["content"]?.stringValue ?? ""
        #expect(content.hasPrefix("word word "))
        #expect(content.contains("4111") == (reason == "stop"))
        #expect(answer?["truncated"] == .bool(reason != "stop"))
    }

    /// As some models send their content: a list of parts, one shred in each.
    @Test func partsOfOneTextAreOneText() async throws {
        let harness = try await TelemetryHarness()
        let outcome = harness.record { outcome in
            let bodies = Self.bodies(answer: nil)
            for shred in ["mail joe@exa", "mple.com now"] {
                let part: JSONValue = ["type": "text", "text": .string(shred)]
                let choice: JSONValue = ["index": 0, "delta": ["content": [part]]]
                bodies.relayed(JSONValue.object(["choices": [choice]]).encoded())
            }
            bodies.relayed(Array(#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.utf8))
            outcome.bodies = bodies
        }
        let content = await read(harness, outcome).json["answer"]?["json"]?["choices"]?[0]?["message"]?["content"]
        #expect(content == [["type": "text", "text": "mail [email] now"]])
    }

    @Test func tokensThatSayTheTextAgainAreNotKept() async throws {
        let harness = try await TelemetryHarness()
        let answer =
            #"{"choices":[{"index":0,"message":{"content":"ada@b.example"},"logprobs":{"content":[{"token":"ada@b"},"#
            + #"{"token":".example","bytes":[46,101]}]}}]}"#
        for text in [answer, String(answer.dropLast(4))] {
            let outcome = harness.record { $0.bodies = Self.bodies(#"{"logprobs":true}"#, answer: text) }
            let reply = await read(harness, outcome)
            #expect(reply.json["request"]?["json"] == ["logprobs": true])
            let stored = String(decoding: (reply.json["answer"] ?? JSONValue.null).encoded(), as: UTF8.self)
            #expect(stored.contains("[email]") && !stored.contains("token") && !stored.contains("ada@b"))
        }
    }

    /// Wherever the end falls, half of an address is not left there.
    @Test func aStreamThatIsTooLongLosesItsEnd() async throws {
        let harness = try await TelemetryHarness()
        let outcomes = stride(from: 2_000, to: 2_200, by: 25).map { bytesMax in
            harness.record { outcome in
                let bodies = Self.bodies(answer: nil, bytesMax: bytesMax)
                for number in 0..<500 {
                    let shred = number == 0 ? "begin " : number.isMultiple(of: 2) ? "ple " : "ada@b.exam"
                    let choice: JSONValue = ["index": 0, "delta": ["content": .string(shred)]]
                    bodies.relayed(JSONValue.object(["choices": [choice]]).encoded())
                }
                outcome.bodies = bodies
            }
        }
        for outcome in outcomes {
            let answer = await read(harness, outcome).json["answer"]
            let content = answer?["json"]?["choices"]?[0]?["message"]?["content"]?.stringValue ?? ""
            #expect(content.hasPrefix("begin [email] [email] "))
            #expect(!content.contains("ada@b"), "\(content)")
            #expect(answer?["truncated"] == true)
            #expect((answer?["bytes"]?.intValue ?? 0) > 20_000)
        }
    }

    @Test func whatWaitsIsBoundedAndTheOutcomesStay() async throws {
        let one = Self.bodies().bytesHeld
        let harness = try await TelemetryHarness(capacity: 5, bodyBytes: 2 * one)
        let first = (0..<5).map { _ in harness.record { $0.bodies = Self.bodies() } }
        harness.record { $0.bodies = Self.bodies() }
        #expect(harness.queue.counts.bodiesCrowdedOut == 3)
        #expect(harness.queue.counts.bodiesDropped == 1)
        try await harness.writer.flush()
        #expect(try await harness.count("outcomes") == 5)
        #expect(try await harness.count("bodies") == 2)
        #expect(await read(harness, first[1]).status == 200)
        #expect(await read(harness, first[2]).status == 404)
        // There is room again when they are written.
        let later = harness.record { $0.bodies = Self.bodies() }
        #expect(await read(harness, later).status == 200)
        let families = WriterMetrics(queue: harness.queue, writer: harness.writer).families()
        #expect(families.first { $0.name == "signalbox_outcome_bodies_stored" }?.samples.map(\.value) == [3])
        #expect(families.first { $0.name == "signalbox_outcome_bodies_dropped" }?.samples.map(\.value) == [3, 1, 0])
    }

    @Test(arguments: [FailingDatabase.Fault.beforeBody, .atCommit])
    func aBatchThatFailsIsWrittenLaterWithItsBodiesAndOnce(_ fault: FailingDatabase.Fault) async throws {
        let one = Self.bodies().bytesHeld
        let harness = try await TelemetryHarness(bodyBytes: 3 * one)
        for _ in 0..<3 { harness.record { $0.bodies = Self.bodies() } }
        harness.database.fail(fault)
        await #expect(throws: FailingDatabase.Refused.self) { try await harness.writer.flush() }
        #expect(try await harness.count("bodies") == 0)
        #expect(harness.writer.bodies.stored == 0)
        // They wait still, so there is no room.
        harness.record { $0.bodies = Self.bodies() }
        #expect(harness.queue.counts.bodiesCrowdedOut == 1)
        try await harness.writer.flush()
        #expect(try await harness.count("outcomes") == 4)
        #expect(try await harness.count("bodies") == 3)
        #expect(harness.writer.bodies.stored == 3)
        harness.record { $0.bodies = Self.bodies() }
        #expect(harness.queue.counts.bodiesCrowdedOut == 1)
    }

    @Test func aBatchThatFindsNoRoomWhenItComesBackGivesItsBytesFree() throws {
        let one = Self.bodies().bytesHeld
        let queue = OutcomeQueue(capacity: 2, batchMax: 2, bodyBytesMax: 4 * one)
        func record(_ number: Int) -> Outcome {
            let outcome = TelemetryHarness.outcome(TelemetryHarness.id(number), at: TelemetryHarness.hour) {
                $0.bodies = Self.bodies()
            }
            queue.record(outcome)
            return outcome
        }
        _ = [record(1), record(2)]
        let taken = try #require(queue.take())
        // Bytes of a batch that is being written count: there is room for two more, and for none after them.
        let kept = [record(3), record(4)]
        queue.putBack(taken)
        #expect(queue.counts.bodiesDropped == 2)
        queue.settle(try #require(queue.take()))
        #expect(kept.allSatisfy { $0.bodies != nil })
        let later = [record(5), record(6)]
        queue.settle(try #require(queue.take()))
        #expect(later.allSatisfy { $0.bodies != nil })
        #expect(queue.counts == .init(recorded: 6, settled: 6, dropped: 2, bodiesCrowdedOut: 0, bodiesDropped: 2))
        #expect(queue.takeUnpacked().count == 6)
    }

    @Test func bodiesThatTheStoreRefusesCostNoOutcomeAndKeepTheirNumbers() async throws {
        let harness = try await TelemetryHarness(batch: 4)
        try await harness.file.write { transaction in
            try transaction.execute(
                """
                CREATE TRIGGER refusal BEFORE INSERT ON bodies WHEN new.request_bytes = 3
                BEGIN SELECT RAISE(ABORT, 'refused'); END
                """)
            try transaction.execute(
                """
                CREATE TRIGGER other BEFORE INSERT ON outcomes WHEN new.unit = 'refused'
                BEGIN SELECT RAISE(ABORT, 'refused'); END
                """)
        }
        var kept: [(Outcome, String)] = []
        for number in 0..<20 {
            let text = number % 5 == 0 ? "???" : "number \(number)"
            let outcome = harness.record {
                $0.bodies = Self.bodies(text)
                if number % 7 == 3 { $0.unit = "refused" }
            }
            if number % 5 != 0, number % 7 != 3 { kept.append((outcome, text)) }
        }
        for (outcome, text) in kept {
            #expect(await read(harness, outcome).json["request"]?["text"] == .string(text))
        }
        #expect(try await harness.count("outcomes") == 17)
        #expect(try await harness.count("bodies") == kept.count)
        // 3, 10 and 17 were lost with their outcomes, of which 10 would have been refused.
        #expect(harness.writer.bodies.refused == 3)
        #expect(harness.queue.counts.bodiesDropped == 3)
    }

    @Test func bodiesGoBeforeTheirOutcomesAndNeverStayBehind() async throws {
        let day: Int64 = 86_400_000
        let harness = try await TelemetryHarness(batch: 500)
        var outcomes: [Outcome] = []
        for number in 0..<400 {
            let age: Int64 = number < 100 ? 40 : number < 300 ? 20 : 1
            outcomes.append(harness.record(at: -age * day + Int64(number)) { $0.bodies = Self.bodies() })
        }
        try await harness.writer.flush()
        func sweep(_ days: [TelemetryKind: Int]) async throws -> Retention {
            var settings = RetentionSettings()
            settings.days = days
            settings.pauseMilliseconds = 0
            let retention = Retention(
                database: harness.database, settings: settings, clock: WallClock { harness.plane.clock.now })
            try await retention.sweep()
            return retention
        }
        #expect(try await sweep([.bodies: 30, .outcomes: 90]).deleted(.bodies) == 100)
        #expect(try await harness.count("outcomes") == 400)
        #expect(await read(harness, outcomes[99]).status == 404)
        #expect(await read(harness, outcomes[100]).status == 200)
        // For ever is as long as the outcomes.
        #expect(try await sweep([.outcomes: 10]).deleted(.bodies) == 200)
        #expect(try await harness.count("outcomes") == 100)
        #expect(try await harness.count("bodies") == 100)
        #expect(await read(harness, outcomes[399]).status == 200)
        #expect(try await sweep([:]).deleted(.bodies) == 0)
    }

    @Test func deletedOutcomesTakeTheirBodiesAlong() async throws {
        let harness = try await TelemetryHarness(batch: 500)
        for number in 0..<1_500 {
            harness.record(at: number < 1_200 ? -1_000_000 : 0) { $0.bodies = Self.bodies() }
        }
        try await harness.writer.flush()
        let steps = RetentionSteps(cutoff: TelemetryHarness.hour - 500_000, rowsMax: 1_024)
        for place in 0..<3 as Range<Int64> {
            _ = try await harness.file.write { try steps.step(.outcomes, from: place, in: $0) }
        }
        let orphans = try await harness.file.read { connection in
            try connection.first("SELECT count(*) FROM bodies WHERE seq NOT IN (SELECT seq FROM outcomes)") {
                try $0.int(0)
            }
        }
        #expect(orphans == 0)
        #expect(try await harness.count("bodies") == 300)
    }
}

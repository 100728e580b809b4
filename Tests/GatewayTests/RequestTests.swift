import Domain
import HTTP
import JSON
import REST
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct RequestTests {
    static func sent(_ body: String, prompt: CompiledPrompt? = nil, parameters: JSONObject = [:]) async throws -> String
    {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL], prompt: prompt, parameters: parameters)
        let answer = try await rig.post(body)
        try #require(answer.status == 200, "\(answer.text)")
        return upstream.requests[0].text
    }

    static func chat(_ messages: [JSONValue]) throws -> CompiledPrompt {
        CompiledPrompt(content: .chat(try messages.map { try PromptMessage($0) }))
    }

    @Test func everythingButTheModelPassesByteForByte() async throws {
        let body =
            "{ \"unknown\" : {\"a\":[1.50,-0,1E+2]},\t"
            + "\"messages\":[ {\"content\":\"\\u00e9 漢字 \\\"\" , \"role\":\"user\"} ],\n"
            + "\"model\" : \"bot\" ,\"zeta\":null}"
        #expect(try await Self.sent(body) == body.replacing("\"bot\"", with: "\"upstream-model\""))
    }

    @Test func ourOwnFieldNeverReachesTheProvider() async throws {
        let sent = try await Self.sent(#"{"model":"bot","signalbox":{"variables":{"a":"b"}},"messages":[]}"#)
        #expect(sent == #"{"model":"upstream-model","messages":[]}"#)
    }

    @Test func theProvidersCredentialAndHeadersGoAndTheCallersDoNot() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL])
        _ = try await rig.post(fields: ["X-Api-Base: http://evil.invalid", "Cookie: a=b"])
        let request = upstream.requests[0]
        #expect(request.firstLine == "POST /v1/chat/completions HTTP/1.1")
        #expect(request["authorization"] == "Bearer sk-canary-v0")
        #expect(request["x-team"] == "blue")
        #expect(request["content-type"] == "application/json")
        #expect(request["expect"] == nil)
        #expect(request["cookie"] == nil)
        #expect(request["x-api-base"] == nil)
    }

    @Test func aPromptStandsBeforeTheCallersMessages() async throws {
        let prompt = try Self.chat([["role": "system", "content": "Speak {{name}}."]])
        let sent = try await Self.sent(
            #"{"model":"bot","messages":[{"role":"user","content":"hi"}],"signalbox":{"variables":{"name":"Ewe"}}}"#,
            prompt: prompt)
        #expect(
            sent == #"{"model":"upstream-model","messages":[{"role":"system","content":"Speak Ewe."},"#
                + #"{"role":"user","content":"hi"}]}"#)
    }

    @Test func aPlaceholderSaysWhereTheCallersMessagesGo() async throws {
        let prompt = try Self.chat([
            ["role": "system", "content": "before"], ["role": "placeholder", "name": "messages"],
            ["role": "user", "content": "after"],
        ])
        let sent = try await Self.sent(#"{"model":"bot","messages":[{"role":"user","content":"m"}]}"#, prompt: prompt)
        let contents = try JSONValue(parsing: sent)["messages"]?.arrayValue?.compactMap { $0["content"]?.stringValue }
        #expect(contents == ["before", "m", "after"])
        let empty = try await Self.sent(#"{"model":"bot","messages":[ ]}"#, prompt: prompt)
        #expect(try JSONValue(parsing: empty)["messages"]?.arrayValue?.count == 2)
        let absent = try await Self.sent(#"{"model":"bot"}"#, prompt: prompt)
        #expect(try JSONValue(parsing: absent)["messages"]?.arrayValue?.count == 2)
    }

    @Test func aMissingVariableIsNamed() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let prompt = try Self.chat([["role": "system", "content": "Speak {{language}}."]])
        let rig = try await Rig([upstream.baseURL], prompt: prompt)
        let answer = try await rig.post()
        #expect(answer.status == 400)
        #expect(answer.error("param") == "signalbox.variables.language")
        #expect(upstream.connections == 0)
        #expect(await rig.outcomes.one().status == .invalidRequest)
    }

    @Test func overridesWinOverTheCallersFields() async throws {
        let sent = try await Self.sent(
            #"{"temperature":2,"model":"bot","custom_knob" : {"b":[1,"}"]} ,"messages":[],"last":1}"#,
            parameters: ["temperature": 0, "custom_knob": [true], "max_tokens": 5, "other_knob": "x", "model": "evil"])
        #expect(
            sent == #"{"temperature":0,"model":"upstream-model","custom_knob" : [true] ,"messages":[],"last":1,"#
                + #""max_tokens":5,"other_knob":"x"}"#)
    }

    /// A provider may take any of them for the one that counts.
    @Test func anOverrideReachesEverySpellingOfItsKey() async throws {
        let sent = try await Self.sent(
            #"{"knob":1,"model":"bot","kn\u006fb" : [2],"messages":[],"knobs":3,"knob":{"knob":4}}"#,
            parameters: ["knob": true])
        #expect(
            sent == #"{"knob":true,"model":"upstream-model","kn\u006fb" : true,"messages":[],"knobs":3,"knob":true}"#)
    }

    @Test(
        arguments: [
            ("", nil), ("[]", nil), (#"{"model":"bot""#, nil), (#"{"messages":[]}"#, "model"),
            (#"{"model":1}"#, "model"),
            (#"{"model":"bot","model":"bot"}"#, nil), (#"{"model":"bot","stream":"yes"}"#, "stream"),
            (#"{"model":"bot","stream":true,"stream_options":1}"#, "stream_options"),
            (#"{"model":"bot","signalbox":{"variables":[]}}"#, "signalbox.variables"),
            (#"{"model":"bot","signalbox":{"api_base":"http://evil"}}"#, "signalbox.api_base"),
        ] as [(String, String?)])
    func aMalformedRequestIsA400ThatSaysWhere(body: String, param: String?) async throws {
        let rig = try await Rig(["http://127.0.0.1:1"])
        let answer = try await rig.post(body)
        #expect(answer.status == 400)
        #expect(answer.error("type") == "invalid_request_error")
        #expect(answer.error("param") == param)
        #expect(await rig.outcomes.one().status == .invalidRequest)
    }

    @Test func slicesAndUnitComeFromHeadersAndMetadata() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL])
        let body =
            #"{"model":"bot","messages":[],"metadata":{"user_id":"u7","language":"en","region":"eu","bad name":"x"}}"#
        _ = try await rig.post(body, fields: ["X-Signalbox-Slice: language=zh, domain=billing"])
        let outcome = await rig.outcomes.one()
        #expect(outcome.unit == "u7")
        #expect(outcome.slices.map { "\($0.name)=\($0.value)" } == ["language=zh", "domain=billing", "region=eu"])
        #expect(rig.gateway.counters.skippedSlices == 1)
        // What is the provider's stays the provider's.
        #expect(upstream.requests[0].text.contains("bad name"))
        let wrong = try await rig.post(body, fields: ["X-Signalbox-Slice: language"])
        #expect(wrong.status == 400)
        #expect(wrong.error("param") == "X-Signalbox-Slice")
    }

    @Test(
        arguments: [
            (AssignmentUnit.user, ["X-Signalbox-Unit: a", "X-Signalbox-Session: s"], "a"), (.user, [], "b"),
            (.session, ["X-Signalbox-Session: s"], "s"), (.session, [], "b"),
        ] as [(AssignmentUnit, [String], String)])
    func theUnitIsWhatTheDeploymentAsksFor(unit: AssignmentUnit, fields: [String], expected: String) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL], unit: unit)
        _ = try await rig.post(#"{"model":"bot","messages":[],"user":"b"}"#, fields: fields)
        #expect(await rig.outcomes.one().unit == expected)
    }
}

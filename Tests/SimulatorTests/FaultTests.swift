import JSON
import Simulator
import Support
import Testing

@Suite struct FaultTests {
    @Test(arguments: [
        ("fault-500", 500), ("fault-503", 503), ("fault-429", 429), ("fault-401", 401), ("fault-400", 400),
    ])
    func errorComesInTheVendorsShape(_ name: String, _ status: Int) async throws {
        try await withProvider { provider throws in
            for reply in [
                try provider.ask(model: name), try provider.ask(model: "\(name)-large", fields: ["stream": true]),
                try provider.ask(headers: ["X-Simulator-Fault: \(name)"]),
                try provider.ask(headers: ["X-Simulator-Fault: \(status)"]),
            ] {
                #expect(reply.status == status)
                #expect(Set(reply.error?.objectValue?.keys ?? []) == ["message", "type", "param", "code"])
                #expect(reply.head.lowercased().contains("retry-after: 1") == (status == 429))
            }
        }
    }

    @Test func answersThatAreCutHaveNoEnd() async throws {
        try await withProvider { provider throws in
            let whole = try provider.ask()
            let half = try provider.ask(model: "fault-truncate")
            #expect(!half.isWhole && half.status == 200)
            #expect(half.json == nil && !half.body.isEmpty && half.body.count < whole.body.count)
            let none = try provider.ask(model: "fault-reset")
            #expect(!none.isWhole && none.body.isEmpty)
            let stream = try provider.ask(model: "fault-truncate", fields: ["stream": true])
            #expect(!stream.isWhole && !stream.events.isEmpty && !stream.events.contains("[DONE]"))
            let broken = try provider.ask(model: "fault-broken-stream", fields: ["stream": true])
            #expect(!broken.isWhole && broken.events.count == 3)
            #expect(broken.chunks.allSatisfy { $0["choices"]?[0]?["finish_reason"]?.isNull == true })
        }
    }

    @Test func garbageIsAWholeAnswerThatIsNoJSON() async throws {
        try await withProvider { provider throws in
            let reply = try provider.ask(model: "fault-garbage")
            #expect(reply.status == 200 && reply.isWhole && reply.json == nil)
        }
    }

    @Test func silentProviderEndsWithItsClientAndServesOthersMeanwhile() async throws {
        try await withProvider { provider throws in
            let body = RunningProvider.body("Hello?", model: "fault-timeout")
            var silent: [RawClient] = []
            for _ in 0..<3 { silent.append(try provider.send("POST", "/v1/chat/completions", body)) }
            #expect(try provider.ask().status == 200)
            #expect(try abandoned(provider) == 0)
            silent.removeAll()
            // Each look is a request of its own; far fewer are needed.
            var looks = 0
            while try abandoned(provider) < 3, looks < 5_000 { looks += 1 }
            #expect(try abandoned(provider) == 3)
        }
    }

    private func abandoned(_ provider: RunningProvider) throws -> Int {
        try provider.request("GET", "/simulator/settings").json?["requests"]?["abandoned"]?.intValue ?? -1
    }

    @Test func slowAnswerIsASecondLateAndRight() async throws {
        try await withProvider { provider throws in
            let began = ContinuousClock.now
            #expect(try provider.ask("What is 2 plus 2?", model: "fault-slow").content == "4")
            #expect(ContinuousClock.now - began >= .seconds(1))
        }
    }

    @Test func errorRateFailsTheSameRequestsOnEveryRun() async throws {
        var settings = SimulatorSettings()
        settings.errorRate = 0.3
        var runs: [[Int]] = []
        for _ in 0..<2 {
            try await withProvider(settings) { provider throws in
                runs.append(try (0..<100).map { _ in try provider.ask().status })
            }
        }
        #expect(runs[0] == runs[1])
        #expect((16...44).contains(runs[0].filter { $0 == 500 }.count))
    }

    @Test func unknownFaultsAreNamed() async throws {
        try await withProvider { provider throws in
            #expect(try provider.ask(model: "fault-of-nobody").error?["code"] == "model_not_found")
            let reply = try provider.ask(headers: ["X-Simulator-Fault: gremlins"])
            #expect(reply.status == 400 && reply.error?["param"] == "x-simulator-fault")
        }
    }

    @Test(
        arguments: [
            ("{", nil), ("[]", nil), (#"{"messages":[]}"#, "model"), (#"{"model":7,"messages":[]}"#, "model"),
            (#"{"model":"m"}"#, "messages"), (#"{"model":"m","messages":[]}"#, "messages"),
            (#"{"model":"m","messages":[1]}"#, "messages[0]"), (#"{"model":"m","messages":[{}]}"#, "messages[0].role"),
            (#"{"model":"m","messages":[{"role":"user"}]}"#, "messages[0].content"),
            (#"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":"yes"}"#, "stream"),
            (#"{"model":"m","messages":[{"role":"user","content":"x"}],"tools":{}}"#, "tools"),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"xml"}}"#,
                "response_format.type"
            ),
        ] as [(String, String?)])
    func malformedRequestNamesItsField(_ body: String, _ parameter: String?) async throws {
        try await withProvider { provider throws in
            let reply = try provider.request("POST", "/v1/chat/completions", Array(body.utf8))
            #expect(reply.status == 400)
            #expect(reply.error?["param"]?.stringValue == parameter)
        }
    }
}

import JSON
import Simulator
import Testing

@Suite struct SettingsTests {
    @Test func settingsChangeAtRunTimeAndOthersStay() async throws {
        try await withProvider { provider throws in
            let put = try provider.request(
                "PUT", "/simulator/settings", Array(#"{"answer_tokens":3,"accuracy_by_model":{"m":0}}"#.utf8))
            #expect(put.status == 200)
            #expect(put.json?["settings"]?["accuracy"] == 1)
            #expect(try provider.ask().content?.split(separator: " ").count == 3)
            #expect(try provider.ask("What is 1 plus 1?", model: "m").content != "2")
        }
    }

    @Test(arguments: [
        (#"{"error_rate":1.5}"#, "error_rate"), (#"{"accuracy":"all"}"#, "accuracy"), (#"{"speed":1}"#, "speed"),
        (#"{"seed":-1}"#, "seed"), (#"{"latency_p95_ms":5}"#, "latency_p95_ms"),
        (#"{"answer_tokens":-1}"#, "answer_tokens"),
        (#"{"latency_median_ms":9,"latency_p95_ms":5}"#, "latency_p95_ms"), (#"{"models":[1]}"#, "models"),
        (#"{"accuracy_by_model":{"m":2}}"#, "accuracy_by_model.m"), ("[]", "body"),
    ])
    func settingThatCannotBeHadIsNamedAndNothingChanges(_ body: String, _ field: String) async throws {
        try await withProvider { provider throws in
            let before = try provider.request("GET", "/simulator/settings").json
            let put = try provider.request("PUT", "/simulator/settings", Array(body.utf8))
            #expect(put.status == 400 && put.error?["param"]?.stringValue == field)
            #expect(try provider.request("GET", "/simulator/settings").json == before)
        }
    }

    @Test func keyIsDemandedAndNeverShown() async throws {
        var settings = SimulatorSettings()
        settings.requiredKey = "sk-right"
        try await withProvider(settings) { provider throws in
            for headers in [[], ["Authorization: Bearer sk-wrong"], ["Authorization: sk-right"]] {
                let reply = try provider.ask(headers: headers)
                #expect(reply.status == 401 && reply.error?["code"] == "invalid_api_key")
                #expect(try provider.request("GET", "/v1/models", headers: headers).status == 401)
            }
            let right = ["Authorization: Bearer sk-right"]
            #expect(try provider.ask(headers: right).status == 200)
            let models = try provider.request("GET", "/v1/models", headers: right).json?["data"]?.arrayValue
            #expect(models?.first?["id"] == "sim-large")
            let shown = try provider.request("GET", "/simulator/settings")
            #expect(shown.json?["requires_key"] == true)
            #expect(!String(decoding: shown.body, as: UTF8.self).contains("sk-right"))
        }
    }

    @Test func everyRequestIsCountedOnce() async throws {
        var settings = SimulatorSettings()
        settings.requiredKey = "k"
        try await withProvider(settings) { provider throws in
            let key = ["Authorization: Bearer k"]
            _ = try provider.ask(headers: key)
            _ = try provider.ask(fields: ["stream": true], headers: key)
            _ = try provider.ask(model: "fault-500", headers: key)
            _ = try provider.ask()
            _ = try provider.request("POST", "/v1/chat/completions", Array("{".utf8), headers: key)
            let counts = try provider.request("GET", "/simulator/settings").json?["requests"]
            #expect(
                counts == [
                    "total": 5, "streamed": 1, "unauthorized": 1, "refused": 1, "random_errors": 0, "abandoned": 0,
                    "faults": ["fault-500": 1], "models": ["sim-large": 2, "fault-500": 1], "other_models": 0,
                ])
        }
    }

    @Test func latencyIsDrawnFromTheDistributionThatWasSet() async throws {
        var settings = SimulatorSettings()
        settings.latencyMedianMilliseconds = 4
        settings.latencyP95Milliseconds = 12
        try await withProvider(settings) { provider throws in
            var waits: [Duration] = []
            for _ in 0..<101 {
                let began = ContinuousClock.now
                _ = try provider.ask()
                waits.append(ContinuousClock.now - began)
            }
            waits.sort()
            // A busy machine can only make it later: the lower bounds hold whatever else runs.
            #expect(waits[50] >= .milliseconds(3))
            #expect(waits[95] >= .milliseconds(7))
        }
    }
}

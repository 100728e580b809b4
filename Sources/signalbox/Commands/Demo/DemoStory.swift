import JSON
import Simulator
import Synchronization

/// What the demo sets up and sends: all of it through the public API.
struct DemoStory: Sendable {
    static let deployment = "support-bot"

    let base: String
    let key: String
    /// `http://…/v1` of the two simulated providers.
    let providers: [String]
    let requests: Int
    let questions: QuestionSet

    /// Providers, two model versions, two prompt versions, a deployment at 90/10, a golden dataset and its probe.
    func setUp() throws {
        let client = try DemoClient(base: base, key: key)
        for (index, url) in providers.enumerated() {
            try client.json(
                "POST", "/api/v1/providers",
                [
                    "name": .string("sim-\(index + 1)"), "kind": "openai", "base_url": .string(url),
                    "credential": "sk-simulated", "allow_private": true,
                ])
        }
        try client.json("POST", "/api/v1/models", ["name": "support-model"])
        for (index, model) in ["sim-large", "sim-small"].enumerated() {
            try client.json(
                "POST", "/api/v1/models/support-model/versions",
                [
                    "provider": .string("sim-\(index + 1)"), "provider_model": .string(model),
                    "price": ["input_micro_usd_per_mtok": 500_000, "output_micro_usd_per_mtok": 1_500_000],
                ])
        }
        try client.json("POST", "/api/v1/prompts", ["name": "support-prompt"])
        for text in ["Answer with the bare answer.", "Answer briefly, with the bare answer and nothing else."] {
            try client.json(
                "POST", "/api/v1/prompts/support-prompt/versions",
                ["type": "chat", "messages": [["role": "system", "content": .string(text)]]])
        }
        try client.json(
            "POST", "/api/v1/deployments",
            [
                "name": .string(Self.deployment), "unit": "user",
                "variants": [
                    ["name": "control", "model": "support-model@1", "prompt": "support-prompt@1", "weight": 90],
                    ["name": "candidate", "model": "support-model@2", "prompt": "support-prompt@2", "weight": 10],
                ],
            ])
        try makeProbe(client)
    }

    private func makeProbe(_ client: DemoClient) throws {
        try client.json("POST", "/api/v1/datasets", ["name": "golden"])
        let examples = questions.items.map { item -> JSONValue in
            [
                "input": ["messages": [["role": "user", "content": .string(item.question)]]],
                "expected": .string(item.answer),
            ]
        }
        try client.json("POST", "/api/v1/datasets/golden/examples", ["items": .array(examples)])
        try client.json(
            "POST", "/api/v1/probes",
            [
                "name": "golden-answers", "deployment": .string(Self.deployment), "dataset": "golden",
                "scorer": ["kind": "exact", "ignore_case": true], "interval_s": 0,
            ])
    }

    /// Bounded traffic from `callers` threads; every tenth request is streamed.
    func sendTraffic(callers: Int, progress: DemoProgress) async -> (answered: Int, failed: Int) {
        let next = Atomic<Int>(0)
        let answered = Atomic<Int>(0)
        let failed = Atomic<Int>(0)
        await Workers.run(callers) { _ in
            guard let client = try? DemoClient(base: base, key: key) else { return }
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < requests else { return }
                let question = questions.items[index % questions.items.count].question
                let body: JSONValue = [
                    "model": .string(Self.deployment), "stream": .bool(index % 10 == 0),
                    "messages": [["role": "user", "content": .string(question)]],
                ]
                let answer = try? client.call(
                    "POST", "/v1/chat/completions", body, unit: "user-\(index % max(1, requests / 4))")
                let isGood = answer?.status == 200
                _ = isGood ? answered.add(1, ordering: .relaxed) : failed.add(1, ordering: .relaxed)
                progress.advanced(to: index + 1, of: requests)
            }
        }
        return (answered.load(ordering: .relaxed), failed.load(ordering: .relaxed))
    }

    /// Runs the probe and waits for its end.
    func runProbe(progress: DemoProgress) throws -> JSONValue {
        let client = try DemoClient(base: base, key: key)
        let run = try client.json("POST", "/api/v1/probes/golden-answers/runs", [:])
        let path = "/api/v1/probes/golden-answers/runs/\(run["id"]?.stringValue ?? "")"
        let goal = questions.items.count * 2
        while true {
            let current = try client.json("GET", path)
            let done = (current["results"]?.arrayValue ?? []).reduce(0) { sum, result in
                sum + (result["n"]?.intValue ?? 0) + (result["errors"]?.intValue ?? 0)
            }
            progress.advanced(to: min(done, goal), of: goal)
            let state = current["state"]?.stringValue ?? ""
            guard ["queued", "running"].contains(state) else { return current }
            DemoProgress.pause(milliseconds: 100)
        }
    }

    func summary() throws -> JSONValue {
        try DemoClient(base: base, key: key).json(
            "GET", "/api/v1/metrics/summary?deployment=\(Self.deployment)&window=1h&group_by=variant")
    }
}

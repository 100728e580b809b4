import Glibc
import JSON
import Translation

/// What translation between OpenAI's wire and Anthropic's adds to a call: `make bench-translation`. Prints a Markdown
/// table of medians, and ends with 1 when the goal is missed.
@main
struct TranslationBenchmark {
    /// Microseconds for a request of 2 KB and its answer.
    private static let goal = 60.0
    private static let rounds = 20_000

    static func main() throws {
        let openAI = BenchmarkBodies.openAIRequest(bytes: 2_048)
        let anthropic = BenchmarkBodies.anthropicRequest(bytes: 2_048)
        let context = ReplyContext(createdAt: 1_767_225_600, id: "id", model: "m")
        var isReached = true
        print("| translation, median µs of \(rounds) | request | answer | both | goal | reached |")
        print("| --- | ---: | ---: | ---: | ---: | --- |")
        func row(_ name: String, _ request: Double, _ answer: Double) {
            let sum = request + answer
            isReached = isReached && sum <= goal
            let cells = [request, answer, sum].map { "\(($0 * 10).rounded() / 10)" }.joined(separator: " | ")
            print("| \(name) | \(cells) | ≤ \(Int(goal)) | \(sum <= goal ? "yes" : "no") |")
        }
        row(
            "OpenAI's caller onto Anthropic",
            try median { try request(openAI, from: OpenAIChat.self, to: AnthropicMessages.self) },
            try median {
                try answer(BenchmarkBodies.message, from: AnthropicMessages.self, to: OpenAIChat.self, context)
            })
        row(
            "Anthropic's caller onto OpenAI",
            try median { try request(anthropic, from: AnthropicMessages.self, to: OpenAIChat.self) },
            try median {
                try answer(BenchmarkBodies.completion, from: OpenAIChat.self, to: AnthropicMessages.self, context)
            })
        exit(isReached ? 0 : 1)
    }

    private static func request(
        _ bytes: [UInt8], from caller: any CallerWire.Type, to provider: any ProviderWire.Type
    ) throws -> Int {
        let object = try JSONValue(parsing: bytes).objectValue ?? [:]
        return JSONValue.object(try provider.request(try caller.conversation(object))).encoded().count
    }

    private static func answer(
        _ bytes: [UInt8], from provider: any ProviderWire.Type, to caller: any CallerWire.Type, _ context: ReplyContext
    ) throws -> Int {
        let object = try JSONValue(parsing: bytes).objectValue ?? [:]
        return try caller.answer(try provider.reply(object), context).count
    }

    private static func median(_ work: () throws -> Int) throws -> Double {
        var times: [UInt64] = []
        var sink = 0
        for _ in 0..<rounds {
            let start = nanoseconds()
            sink &+= try work()
            times.append(nanoseconds() - start)
        }
        times.sort()
        // What nobody uses need not be computed.
        return sink == 0 ? 0 : Double(times[times.count / 2]) / 1_000
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

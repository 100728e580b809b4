import ArgumentParser
import HTTP
import Reactor
import Simulator

/// `signalbox simulate-provider`: a provider for demos, tests and benchmarks.
struct SimulateProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate-provider", abstract: "Serve a simulated provider in the OpenAI chat format.")

    @Option(help: "host:port; port 0 takes a free one.")
    var listen = "127.0.0.1:8485"

    @Option(help: "What makes two runs alike.")
    var seed: UInt64 = 1

    @Option(help: "Share of known questions that are answered right, 0 to 1.")
    var accuracy = 1.0

    @Option(help: "Median latency in milliseconds.")
    var latencyMs = 0.0

    @Option(help: "95th percentile of the latency in milliseconds; the median by default.")
    var latencyP95Ms: Double?

    @Option(help: "Milliseconds between two tokens of a stream.")
    var tokenIntervalMs = 0.0

    @Option(help: "Words in the answer to anything but a known question.")
    var answerTokens = 16

    @Option(help: "Share of requests that fail with 500, 0 to 1.")
    var errorRate = 0.0

    func run() async throws {
        var settings = SimulatorSettings()
        settings.seed = seed
        settings.accuracy = accuracy
        settings.latencyMedianMilliseconds = latencyMs
        settings.latencyP95Milliseconds = latencyP95Ms ?? latencyMs
        settings.tokenIntervalMilliseconds = tokenIntervalMs
        settings.answerTokens = answerTokens
        settings.errorRate = errorRate
        let address: ListenAddress
        do {
            address = try ListenAddress(parsing: listen)
        } catch {
            throw StartFailure.configuration("--listen: \(error)")
        }
        let events = Signals.events()
        let loop = try EventLoop(name: "simulator")
        loop.start()
        let provider = try SimulatedProvider(settings: settings)
        let bound: ListenAddress
        do {
            bound = try await provider.start(loops: [loop], listen: address)
        } catch {
            throw StartFailure.start("\(error)")
        }
        Terminal.say("simulated provider at http://\(bound)/v1")
        for await event in events where event == .terminate { break }
        await provider.stop()
        loop.stop()
        loop.join()
    }
}

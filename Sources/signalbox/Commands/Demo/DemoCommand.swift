import ArgumentParser
import Domain
import FoundationEssentials
import HTTP
import Identity
import Reactor
import Simulator

/// `signalbox demo`: the story on a temporary installation with two simulated providers.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Show the story on a temporary installation with two simulated providers.")

    @Option(help: "How many requests to send.")
    var requests = 2_000

    @Option(help: "How many callers send at once.")
    var callers = 16

    @Option(help: "Where to listen; port 0 takes a free one.")
    var listen = "127.0.0.1:0"

    @Flag(help: "Serve on after the table until Ctrl-C, also in a pipe; a terminal does so by itself.")
    var stay = false

    func validate() throws {
        guard (1...10_000_000).contains(requests) else { throw ValidationError("--requests: from 1 to 10000000") }
        guard (1...512).contains(callers) else { throw ValidationError("--callers: from 1 to 512") }
    }

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "signalbox-demo-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let events = Signals.events()
        let questions = QuestionSet(seed: 7, count: 300)
        let loop = try EventLoop(name: "simulator")
        loop.start()
        let providers = try await startProviders(on: loop)
        let key = KeySecret(keyID: "demo").text
        let (application, held) = try await makeApplication(directory: directory, key: key)
        let bound = try await application.start()
        let base = "http://\(bound[0])"
        let story = DemoStory(
            base: base, key: key, providers: providers.urls, requests: requests, questions: questions)
        let isTold = await withTaskGroup(of: Void.self) { group in
            group.addTask { await application.runBackground() }
            let isTold = await tell(story, base: base, key: key, until: events)
            await application.drain()
            group.cancelAll()
            return isTold
        }
        await application.finish()
        for provider in providers.running { await provider.stop() }
        loop.stop()
        loop.join()
        withExtendedLifetime(held) {}
        if !isTold { throw ExitCode.failure }
    }

    /// - Returns: whether the story went as it should; what went wrong has been said.
    private func tell(
        _ story: DemoStory, base: String, key: String, until events: AsyncStream<Signals.Event>
    ) async -> Bool {
        do {
            Terminal.say("Two providers, two model versions, two prompt versions, support-bot at 90/10 on \(base)")
            try await Workers.value { try story.setUp() }
            let sent = await story.sendTraffic(callers: callers, progress: DemoProgress("traffic"))
            Terminal.say("\(sent.answered) answered, \(sent.failed) failed")
            let probe = DemoProgress("golden set")
            _ = try await Workers.value { try story.runProbe(progress: probe) }
            let summary = try await Workers.value { try story.summary() }
            Terminal.say("")
            for line in DemoTable(summary: summary).lines { Terminal.say(line) }
            Terminal.say("")
            Terminal.say("Look further:  curl -H 'Authorization: Bearer \(key)' '\(base)/api/v1/outcomes?limit=3'")
        } catch {
            Terminal.complain("signalbox: the demo failed: \(error)")
            return false
        }
        guard stay || Terminal.outputIsTerminal else { return true }
        Terminal.say("Serving until Ctrl-C.")
        for await event in events where event == .terminate { break }
        return true
    }

    private func startProviders(on loop: EventLoop) async throws -> (urls: [String], running: [SimulatedProvider]) {
        var urls = [String]()
        var running = [SimulatedProvider]()
        for (seed, median, accuracy) in [(1, 12.0, 0.93), (2, 8.0, 0.86)] {
            var settings = SimulatorSettings()
            settings.seed = UInt64(seed)
            settings.latencyMedianMilliseconds = median
            settings.latencyP95Milliseconds = median * 2.5
            settings.accuracy = accuracy
            let provider = try SimulatedProvider(settings: settings)
            let bound = try await provider.start(loops: [loop], listen: .tcp(host: "127.0.0.1", port: 0))
            urls.append("http://\(bound)/v1")
            running.append(provider)
        }
        return (urls, running)
    }

    private func makeApplication(directory: String, key: String) async throws -> (Application, DataDirectory) {
        var settings = Settings()
        settings.set("server.listen", listen)
        settings.set("log.level", "warning")
        let held = try DataDirectory(directory)
        let secrets = try ProcessSecrets(
            environment: ["SIGNALBOX_BOOTSTRAP_KEY": key], directory: directory, isLoopback: try settings.isLoopback)
        let stores = try Stores(held, readers: settings.integer("store.readers"))
        let application = try await Application(
            settings: settings, secrets: secrets, stores: stores, logger: ProcessLogger(settings).logger)
        return (application, held)
    }
}

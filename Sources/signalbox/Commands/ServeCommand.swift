import ArgumentParser
import Domain
import FoundationEssentials
import HTTP
import Identity
import Logging
import SQL

/// `signalbox serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API, the gateway and the monitor.")

    @OptionGroup var config: ConfigOption

    func run() async throws {
        AllocatorTuning.startOver()
        let settings = try config.settings()
        let environment = ProcessInfo.processInfo.environment
        let log = ProcessLogger(settings)
        let directory = try DataDirectory(settings.text("server.data_dir"))
        let secrets = try ProcessSecrets(
            environment: environment, directory: directory.path, isLoopback: try settings.isLoopback)
        let stores = try Stores(directory, readers: settings.integer("store.readers"))
        try await RestoredBatches(directory.path).see(to: stores.batch, log: log.logger)
        if secrets.isDevelopment {
            log.logger.warning(
                "using the development master key of the data directory; set SIGNALBOX_MASTER_KEY in production")
        }
        let events = Signals.events()
        let application: Application
        let bound: [ListenAddress]
        do {
            application = try await Application(
                settings: settings, secrets: secrets, stores: stores, logger: log.logger)
            try await makeFirstKey(application, secrets)
            bound = try await application.start()
        } catch let failure as StartFailure {
            throw failure
        } catch {
            throw StartFailure.start("\(error)")
        }
        let places = bound.map(\.description).joined(separator: ",")
        log.logger.info("serving", metadata: ["listen": "\(places)", "loops": "\(application.loops.count)"])
        ResidentCode.letGo()
        await serve(application, events, log)
        withExtendedLifetime(directory) {}
    }

    /// An installation without any key would lock its owner out: the first start makes one and shows it once.
    private func makeFirstKey(_ application: Application, _ secrets: ProcessSecrets) async throws {
        guard secrets.bootstrap == nil else { return }
        let now = SystemSources.clock.now().milliseconds
        guard try await !application.stores.control.read({ try KeyStore.hasUsable(at: now, in: $0) }) else { return }
        let secret = try await application.mint.make(name: "first-admin", role: .admin, by: "process:first-start")
        Terminal.say("The first administrator key, shown this once: \(secret.revealed())")
    }

    private func serve(_ application: Application, _ events: AsyncStream<Signals.Event>, _ log: ProcessLogger) async {
        let reload = Reload(option: config, log: log, prices: application.prices)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await application.runBackground() }
            var settings = application.settings
            for await event in events {
                if event == .terminate { break }
                settings = reload.apply(over: settings)
            }
            log.logger.info("draining")
            await application.drain()
            group.cancelAll()
        }
        await application.finish()
        log.logger.info("stopped")
    }
}

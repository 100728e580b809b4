import ArgumentParser
import SQL

/// `signalbox migrate`: brings the files of a stopped installation to this binary's schema. `serve` does so by itself.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database files to this version's schema, then exit.")

    @OptionGroup var config: ConfigOption

    func run() async throws {
        let settings = try config.settings()
        let directory = try DataDirectory(settings.text("server.data_dir"))
        let stores = try Stores(directory, readers: 1)
        let files = [
            (directory.control, stores.control), (directory.telemetry, stores.telemetry),
            (directory.batch, stores.batch),
        ]
        for (path, database) in files {
            let version = try await database.read { connection in
                try connection.first("SELECT MAX(version) FROM schema_migrations", []) { try $0.int(0) }
            }
            Terminal.say("\(path): schema \(version ?? 0)")
        }
        await stores.close()
        withExtendedLifetime(directory) {}
    }
}

import ArgumentParser
import Domain
import FoundationEssentials
import Identity

/// `signalbox key`.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Manage keys of a stopped installation.", subcommands: [Create.self])

    /// `signalbox key create`: for an installation that runs, POST /api/v1/keys does the same.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a key and print it: it is shown this once.")

        @Option(help: "\(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        var role: String

        @Option(help: "What the key is for.")
        var name = "command-line"

        @OptionGroup var config: ConfigOption

        func run() async throws {
            guard let role = Role(rawValue: role) else {
                let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw StartFailure.configuration("--role \(self.role): expected one of \(known)")
            }
            guard ResourceName.isValid(name) else {
                throw StartFailure.configuration("--name \(name): \(ResourceName.rule)")
            }
            let settings = try config.settings()
            let directory = try DataDirectory(settings.text("server.data_dir"))
            let secrets = try ProcessSecrets(
                environment: ProcessInfo.processInfo.environment, directory: directory.path,
                isLoopback: try settings.isLoopback)
            let stores = try Stores(directory, readers: 1)
            let mint = KeyMint(mutations: stores.controlMutations([:]), hasher: KeyHasher(secrets.master))
            let secret = try await mint.make(name: name, role: role, by: "process:command-line")
            Terminal.say(secret.revealed())
            await stores.close()
            withExtendedLifetime(directory) {}
        }
    }
}

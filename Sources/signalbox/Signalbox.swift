import ArgumentParser

/// The one binary.
@main
struct Signalbox: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "signalbox",
        abstract: "The control plane for teams that ship products on large language models.",
        version: version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, SimulateProviderCommand.self, MigrateCommand.self, KeyCommand.self,
            CheckConfigCommand.self, BackupCommand.self, RestoreCommand.self, DoctorCommand.self, VersionCommand.self,
        ])

    /// Exit codes: 0 done, 1 could not start or failed, 2 wrong command line or configuration.
    static func main() async {
        Signals.blockInEveryThread()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as StartFailure {
            Terminal.complain(failure.reason)
            exit(withError: ExitCode(failure.exitCode))
        } catch {
            let code = exitCode(for: error)
            let isAsked = code == .success
            let text = fullMessage(for: error)
            if !text.isEmpty { isAsked ? Terminal.say(text) : Terminal.complain(text) }
            exit(withError: isAsked ? ExitCode.success : code == .validationFailure ? ExitCode(2) : code)
        }
    }
}

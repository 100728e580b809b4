import ArgumentParser
import FoundationEssentials

/// `--config FILE`, which every command that touches the data directory takes.
struct ConfigOption: ParsableArguments {
    @Option(name: .long, help: "The settings file; every setting also has an environment variable.")
    var config: String?

    /// - Throws: `StartFailure` with exit code 2.
    func settings() throws -> Settings {
        try SettingsLoader(file: config, environment: ProcessInfo.processInfo.environment).load()
    }
}

import ArgumentParser
import Domain
import FoundationEssentials

/// `signalbox check-config`: what would be in force, and from where; exit code 2 names what is wrong.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the settings and print what is in force.")

    @OptionGroup var config: ConfigOption

    func run() throws {
        let settings = try config.settings()
        _ = try settings.listen
        _ = try settings.edge
        let prices = try settings.prices
        let environment = ProcessInfo.processInfo.environment
        for definition in SettingDefinition.all {
            let value = settings.text(definition.path)
            let origin =
                environment[definition.variable] != nil
                ? definition.variable : value == definition.standard ? "default" : config.config ?? "file"
            Terminal.say("\(definition.path): \(value)  # \(origin)")
        }
        Terminal.say("# the price table has \(prices.count) models")
    }
}

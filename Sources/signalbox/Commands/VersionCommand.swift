import ArgumentParser

/// `signalbox version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        Terminal.say("signalbox \(Signalbox.version)")
    }
}

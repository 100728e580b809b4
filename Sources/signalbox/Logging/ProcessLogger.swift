import Logging

/// The process's logger: JSON lines when the output is no terminal, else readable lines.
struct ProcessLogger {
    let output: LogOutput
    let logger: Logger

    init(_ settings: Settings) {
        let output = LogOutput(level: Self.level(settings))
        self.output = output
        let format = settings.text("log.format")
        let isJSON = format == "json" || (format == "auto" && !Terminal.errorIsTerminal)
        logger = Logger(label: "signalbox") { label in
            if isJSON { return JSONLinesHandler(label: label, output: output, clock: SystemSources.clock) }
            return TerminalHandler(output: output, clock: SystemSources.clock)
        }
    }

    static func level(_ settings: Settings) -> Logger.Level {
        Logger.Level(rawValue: settings.text("log.level")) ?? .info
    }
}

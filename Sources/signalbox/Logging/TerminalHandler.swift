import Domain
import Logging

/// A log entry for a person at a terminal.
struct TerminalHandler: LogHandler {
    let output: LogOutput
    let clock: WallClock
    var metadata: Logger.Metadata = [:]

    init(output: LogOutput, clock: WallClock) {
        self.output = output
        self.clock = clock
    }

    var logLevel: Logger.Level {
        get { output.level }
        set { output.level = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let written = facts.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        // A line is a line: what a client sent cannot start another one.
        let safe = written.map { $0.isNewline ? " " : $0 }
        let time = clock.now().text.dropFirst(11).prefix(12)
        output.write(Array("\(time) \(event.level.rawValue.uppercased()) \(event.message)\(String(safe))\n".utf8))
    }
}

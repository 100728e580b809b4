import Domain
import JSON
import Logging

/// A log entry as one JSON object per line: constant messages, facts as members.
struct JSONLinesHandler: LogHandler {
    let label: String
    let output: LogOutput
    let clock: WallClock
    var metadata: Logger.Metadata = [:]

    init(label: String, output: LogOutput, clock: WallClock) {
        self.label = label
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
        var object: JSONObject = [
            "at": .string(clock.now().text), "level": .string(event.level.rawValue), "logger": .string(label),
            "message": .string(event.message.description),
        ]
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) { object[key] = .string(value.description) }
        output.write(JSONValue.object(object).encoded() + [0x0A])
    }
}

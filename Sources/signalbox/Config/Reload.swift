import Logging

/// SIGHUP: reads the settings anew, puts in force what can be changed while running, and says what changed. A file that
/// does not load changes nothing.
struct Reload {
    let option: ConfigOption
    let log: ProcessLogger

    /// - Returns: the settings in force.
    func apply(over current: Settings) -> Settings {
        let read: Settings
        do {
            read = try option.settings()
        } catch {
            let reason = (error as? StartFailure)?.reason ?? "\(error)"
            log.logger.error("settings not reloaded", metadata: ["reason": "\(reason)"])
            return current
        }
        var next = current
        var changed = [String]()
        var waiting = [String]()
        for definition in read.differences(from: current) {
            guard definition.isReloadable else {
                waiting.append(definition.path)
                continue
            }
            next.set(definition.path, read.text(definition.path))
            changed.append("\(definition.path): \(current.text(definition.path)) → \(read.text(definition.path))")
        }
        log.output.level = ProcessLogger.level(next)
        log.logger.notice(
            "settings reloaded",
            metadata: [
                "changed": "\(changed.isEmpty ? "nothing" : changed.joined(separator: ", "))",
                "needs_restart": "\(waiting.isEmpty ? "nothing" : waiting.joined(separator: ", "))",
            ])
        return next
    }
}

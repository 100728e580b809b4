import Domain
import Logging

/// SIGHUP: reads the settings and the price table anew, puts in force what can be changed while running, and says what
/// changed. A file that does not load changes nothing.
struct Reload {
    let option: ConfigOption
    let log: ProcessLogger
    let prices: PriceBook

    /// - Returns: the settings in force.
    func apply(over current: Settings) -> Settings {
        let read: Settings
        let table: PriceTable
        do {
            read = try option.settings()
            table = try read.prices
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
        prices.replace(with: table)
        log.logger.notice(
            "settings reloaded",
            metadata: [
                "changed": "\(changed.isEmpty ? "nothing" : changed.joined(separator: ", "))",
                "priced_models": "\(table.count)",
                "needs_restart": "\(waiting.isEmpty ? "nothing" : waiting.joined(separator: ", "))",
            ])
        return next
    }
}

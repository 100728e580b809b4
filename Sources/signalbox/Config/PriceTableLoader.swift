import Domain
import FoundationEssentials
import REST
import ShippedPrices
import Yams

/// Reads a price table. Whatever is wrong in it is told with its line, all of it at once.
struct PriceTableLoader {
    /// What `gateway.prices` says for the table that is built in.
    static let builtIn = "built-in"

    /// A path, or `built-in`.
    let place: String
    /// Of providers that the gateway knows.
    let kinds: [String]

    /// - Throws: `StartFailure` with exit code 2, naming every fault.
    func load() throws -> PriceTable {
        guard place != Self.builtIn else {
            // It may know kinds that this gateway does not have.
            return try parse(ShippedPrices.yaml, "prices.yaml (built in)", kinds: nil)
        }
        let text: String
        do {
            text = try String(contentsOfFile: place, encoding: .utf8)
        } catch {
            throw StartFailure.configuration("gateway.prices: cannot read the file \(place)")
        }
        return try parse(text, place, kinds: kinds)
    }

    private func parse(_ text: String, _ name: String, kinds: [String]?) throws -> PriceTable {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw StartFailure.configuration("\(name): not valid YAML: \(error)")
        }
        var reading = PriceTableReading(kinds: kinds)
        if let root, root.scalar?.string.isEmpty != true { reading.read(root) }
        guard reading.faults.isEmpty else {
            let told = reading.faults.map { "\(name):\($0.line): \($0.text)" }
            throw StartFailure.configuration(told.joined(separator: "\nsignalbox: "))
        }
        // A file that is just being written is empty for a moment: it must not take every price away.
        guard !reading.entries.isEmpty else {
            throw StartFailure.configuration("\(name): expected prices of one model at least")
        }
        return PriceTable(reading.entries)
    }
}

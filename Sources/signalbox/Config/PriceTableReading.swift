import Domain
import REST
import Yams

/// A price table as it is read out of its tree: what was understood, and what was not.
struct PriceTableReading {
    struct Fault {
        let line: Int
        let text: String
    }

    /// Those that may occur; nil for any.
    let kinds: [String]?
    private(set) var entries: [PriceTable.Entry] = []
    private(set) var faults: [Fault] = []
    /// What was said before, by kind, model and moment.
    private var seen = Set<[String]>()
    /// Whose a prefix is, by kind and prefix: a model may have it in the prices of several days.
    private var owners: [[String]: String] = [:]

    private static let kindKeys = ["source", "read", "models"]
    private static let rateKeys = ["input", "cached_input", "cache_write", "cache_write_1h", "output", "reasoning"]
    private static let modelKeys = ["model", "prefix", "from"] + rateKeys + ["output_max", "long_input"]
    private static let longKeys = ["above", "unknown"] + rateKeys
    /// A million dollars for a million tokens.
    private static let rateMax: Int64 = 1_000_000_000_000
    private static let tokensMax: Int64 = 1_000_000_000

    init(kinds: [String]?) {
        self.kinds = kinds
    }

    mutating func read(_ root: Node) {
        guard let mapping = root.mapping else { return fail(root, "expected kinds of providers such as openai:") }
        for (name, section) in mapping {
            let kind = name.scalar?.string ?? ""
            if let kinds, !kinds.contains(kind) {
                let nearest = NearestName.of(kind, among: kinds).map { "; did you mean \($0)?" } ?? ""
                fail(name, "\(kind) is not a kind of provider\(nearest)")
                continue
            }
            readKind(kind, section)
        }
    }

    private mutating func readKind(_ kind: String, _ section: Node) {
        guard let members = members(of: section, among: Self.kindKeys, below: kind) else { return }
        if let day = members["read"], Self.midnight(day) == nil { fail(day, "read: expected a day such as 2026-11-21") }
        guard let models = members["models"]?.sequence else {
            return fail(section, "expected models: and a list below \(kind):")
        }
        for model in models { readModel(kind, model) }
    }

    private mutating func readModel(_ kind: String, _ node: Node) {
        guard let members = members(of: node, among: Self.modelKeys, below: "models") else { return }
        let before = faults.count
        let model = members["model"]?.scalar?.string ?? ""
        if model.isEmpty { fail(node, "expected model: and the provider's own id") }
        var from: Int64?
        if let day = members["from"] {
            from = Self.midnight(day)
            if from == nil { fail(day, "from: expected a day such as 2026-11-21") }
        }
        let prefix = members["prefix"]?.scalar?.string
        if prefix?.isEmpty == true { fail(node, "prefix: expected text") }
        let rates = rates(members, node)
        let long = members["long_input"].flatMap { longInput($0) }
        let outputMax = members["output_max"].flatMap { number($0, "output_max", 0...Self.tokensMax) }
        if !seen.insert([kind, model, from.map(String.init) ?? ""]).inserted {
            fail(node, "\(model) has a price from that day on already")
        }
        if let prefix {
            let owner = owners[[kind, prefix]] ?? model
            owners[[kind, prefix]] = owner
            if owner != model { fail(node, "prefix: \(prefix) is \(owner)'s already") }
        }
        guard let rates, faults.count == before else { return }
        entries.append(
            PriceTable.Entry(
                kind: kind, model: model, prefix: prefix,
                dated: .init(from: from, price: Price(rates, longInput: long, outputTokensMax: outputMax))))
    }

    private mutating func longInput(_ node: Node) -> Price.LongInput? {
        guard let members = members(of: node, among: Self.longKeys, below: "long_input") else { return nil }
        guard let above = members["above"].flatMap({ number($0, "above", 1...Self.tokensMax) }) else {
            if members["above"] == nil { fail(node, "long_input: expected above:") }
            return nil
        }
        if let unknown = members["unknown"] {
            guard unknown.scalar?.string == "true", members.count == 2 else {
                fail(node, "long_input: expected prices, or unknown: true alone")
                return nil
            }
            return Price.LongInput(above: above, rates: nil)
        }
        return rates(members, node).map { Price.LongInput(above: above, rates: $0) }
    }

    private mutating func rates(_ members: [String: Node], _ node: Node) -> TokenRates? {
        for name in ["input", "output"] where members[name] == nil { fail(node, "expected \(name):") }
        var values = [String: Int64]()
        for name in Self.rateKeys {
            if let value = members[name] { values[name] = number(value, name, 0...Self.rateMax) }
        }
        guard let input = values["input"], let output = values["output"] else { return nil }
        return TokenRates(
            input: input, cachedInput: values["cached_input"], cacheWrite: values["cache_write"],
            cacheWriteLong: values["cache_write_1h"], output: output, reasoning: values["reasoning"])
    }

    private mutating func number(_ node: Node, _ name: String, _ range: ClosedRange<Int64>) -> Int64? {
        guard let value = node.scalar.flatMap({ Int64($0.string) }), range.contains(value) else {
            fail(node, "\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    private mutating func members(of node: Node, among known: [String], below place: String) -> [String: Node]? {
        guard let mapping = node.mapping else {
            fail(node, "expected members below \(place), such as \(known[0]):")
            return nil
        }
        var members = [String: Node]()
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            if known.contains(name) {
                members[name] = value
            } else {
                let nearest = NearestName.of(name, among: known).map { "; did you mean \($0)?" } ?? ""
                fail(key, "\(name) is not known below \(place)\(nearest)")
            }
        }
        return members
    }

    private static func midnight(_ node: Node) -> Int64? {
        guard let text = node.scalar?.string, text.utf8.count == 10 else { return nil }
        return Timestamp(parsing: text + "T00:00:00Z")?.milliseconds
    }

    private mutating func fail(_ node: Node, _ text: String) {
        faults.append(Fault(line: node.mark?.line ?? 1, text: text))
    }
}

/// List prices by kind of provider and the provider's own id of a model.
package struct PriceTable: Sendable {
    package struct Entry: Sendable {
        package let kind: String
        package let model: String
        /// What the ids of the model's snapshots begin with, such as `gpt-4o-20`; nil when only the id itself is meant.
        package let prefix: String?
        package let dated: PriceSchedule.Entry

        package init(kind: String, model: String, prefix: String?, dated: PriceSchedule.Entry) {
            self.kind = kind
            self.model = model
            self.prefix = prefix
            self.dated = dated
        }
    }

    private struct Name: Hashable {
        let kind: String
        let model: String
    }

    private struct Prefix {
        let text: String
        let model: String
    }

    package static let empty = PriceTable([])
    private let schedules: [Name: PriceSchedule]
    /// By kind, the longest first.
    private let prefixes: [String: [Prefix]]

    package init(_ entries: [Entry]) {
        var dated = [Name: [PriceSchedule.Entry]]()
        var prefixes = [String: [Prefix]]()
        for entry in entries {
            dated[Name(kind: entry.kind, model: entry.model), default: []].append(entry.dated)
            if let text = entry.prefix {
                prefixes[entry.kind, default: []].append(Prefix(text: text, model: entry.model))
            }
        }
        schedules = dated.mapValues(PriceSchedule.init)
        self.prefixes = prefixes.mapValues { $0.sorted { $0.text.utf8.count > $1.text.utf8.count } }
    }

    /// How many models have a price.
    package var count: Int { schedules.count }

    /// The exact id first, then the longest prefix that fits; nil for a model that is not in the table.
    package func schedule(kind: String, model: String) -> PriceSchedule? {
        if let exact = schedules[Name(kind: kind, model: model)] { return exact }
        guard let prefix = prefixes[kind]?.first(where: { model.hasPrefix($0.text) }) else { return nil }
        return schedules[Name(kind: kind, model: prefix.model)]
    }
}

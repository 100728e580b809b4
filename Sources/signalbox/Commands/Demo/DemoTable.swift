import JSON

/// The summary as a table for people.
struct DemoTable {
    let summary: JSONValue

    private static let titles = [
        "variant", "requests", "p50 ms", "p95 ms", "errors", "cost USD", "accuracy (95% interval)",
    ]

    var lines: [String] {
        let rows = [Self.titles] + (summary["groups"]?.arrayValue ?? []).map(Self.row)
        let widths = Self.titles.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ")
        }
    }

    private static func row(_ group: JSONValue) -> [String] {
        [
            group["variant"]?.stringValue ?? "", whole(group["requests"]), decimal(group["latency_ms"]?["p50"], 1),
            decimal(group["latency_ms"]?["p95"], 1), whole(group["errors"]), cost(group["cost_micro_usd"]),
            accuracy(group["accuracy"]),
        ]
    }

    private static func accuracy(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "–" }
        let interval = "\(decimal(value["low"], 3))–\(decimal(value["high"], 3))"
        return "\(decimal(value["value"], 3)) (\(interval), n=\(whole(value["n"])))"
    }

    private static func whole(_ value: JSONValue?) -> String {
        value?.intValue.map(String.init) ?? "–"
    }

    private static func cost(_ value: JSONValue?) -> String {
        decimal(value?.doubleValue.map { .number($0 / 1_000_000) }, 4)
    }

    private static func decimal(_ value: JSONValue?, _ places: Int) -> String {
        guard let number = value?.doubleValue else { return "–" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((number * Double(scale)).rounded())
        let digits = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - digits.count) + digits
    }
}

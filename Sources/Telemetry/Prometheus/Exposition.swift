import JSON

/// Metric families as text: the Prometheus text format 0.0.4, or OpenMetrics 1.0 (which ends with `# EOF` and names a
/// counter's family without `_total`).
package enum Exposition {
    package enum Format: Sendable {
        case prometheus, openMetrics

        package var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    package static func text(_ families: [MetricFamily], _ format: Format) -> [UInt8] {
        var output = ""
        for family in families {
            let sampleName = family.kind == .counter ? family.name + "_total" : family.name
            let familyName = format == .prometheus ? sampleName : family.name
            output += "# HELP \(familyName) \(escaped(family.help, quotes: format == .openMetrics))\n"
            output += "# TYPE \(familyName) \(family.kind.rawValue)\n"
            for sample in family.samples {
                output += sampleName + sample.suffix + labels(sample.labels) + " " + number(sample.value) + "\n"
            }
        }
        if format == .openMetrics { output += "# EOF\n" }
        return Array(output.utf8)
    }

    private static func labels(_ labels: [(name: String, value: String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    /// Quotes are escaped in labels, and in help by OpenMetrics only.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var output = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\"" where quotes: output += "\\\""
            default: output.unicodeScalars.append(character)
            }
        }
        return output
    }

    private static func number(_ value: Double) -> String {
        if !value.isFinite { return value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return JSONValue.number(value).text
    }
}

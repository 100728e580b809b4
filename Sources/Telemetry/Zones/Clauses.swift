import SQL

/// Comparisons that all must hold, with their values. Every column is from the code, every value a parameter.
struct Clauses: Sendable {
    private var texts: [String] = []
    private(set) var values: [SQLValue] = []

    /// - Parameter comparison: everything but the value: `created_at >= `.
    mutating func add(_ comparison: String, _ value: SQLValue) {
        values.append(value)
        texts.append("\(comparison)$\(values.count)")
    }

    /// One that compares with two values: `(… $1 OR … $2)` as its closure writes it, given their parameters.
    mutating func add(_ first: SQLValue, _ second: SQLValue, _ text: (String, String) -> String) {
        values += [first, second]
        texts.append(text("$\(values.count - 1)", "$\(values.count)"))
    }

    var text: String { texts.isEmpty ? "TRUE" : texts.joined(separator: " AND ") }
}

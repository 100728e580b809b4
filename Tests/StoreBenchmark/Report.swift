/// The table that is printed.
struct Report {
    private var lines = ["", "| measurement | found | goal | reached |", "| --- | ---: | ---: | --- |"]
    private(set) var isReached = true

    mutating func note(_ text: String) {
        lines.insert(text, at: 0)
    }

    mutating func row(_ what: String, goal: String, _ found: Double, _ holds: Bool) {
        isReached = isReached && holds
        let shown = found >= 1_000 ? "\(Int(found))" : "\((found * 100).rounded() / 100)"
        lines.append("| \(what) | \(shown) | \(goal) | \(goal.isEmpty ? "" : holds ? "yes" : "no") |")
    }

    var text: String { lines.joined(separator: "\n") }
}

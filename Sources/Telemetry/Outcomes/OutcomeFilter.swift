import Domain
import HTTP
import REST
import SQL

/// The filters of `GET /api/v1/outcomes` as one WHERE clause. Every value is a parameter, every column is from here.
struct OutcomeFilter {
    static let slicesMax = 4
    private(set) var clauses: [String]
    private(set) var parameters: [SQLValue]

    init(_ call: Call) throws {
        clauses = ["project_id = $1"]
        parameters = [.text(call.project)]
        for column in ["deployment", "environment", "variant", "status", "unit", "request_id"] {
            if let value = call.query(column) { add("\(column) = ", .text(value)) }
        }
        // Probes are no traffic: they show when asked for.
        add("origin = ", .text(call.query("origin") ?? Outcome.Origin.traffic.rawValue))
        if let from = try Moment.query("from", call) { add("created_at >= ", .integer(from.milliseconds)) }
        if let to = try Moment.query("to", call) { add("created_at < ", .integer(to.milliseconds)) }
        try addSlices(call)
    }

    mutating func add(_ comparison: String, _ value: SQLValue) {
        parameters.append(value)
        clauses.append("\(comparison)$\(parameters.count)")
    }

    private mutating func addSlices(_ call: Call) throws {
        var count = 0
        for (name, value) in call.request.query.all {
            if name.hasPrefix("slice."), name.utf8.count > 6 {
                count += 1
                guard count <= Self.slicesMax else {
                    throw Problem.invalid("query/\(name)", "at most \(Self.slicesMax) slices at once")
                }
                parameters.append(.text(String(name.dropFirst(6))))
                parameters.append(.text(value))
                clauses.append(
                    """
                    id IN (SELECT outcome_id FROM outcome_slices
                           WHERE project_id = $1 AND name = $\(parameters.count - 1) AND value = $\(parameters.count))
                    """)
            } else if !OutcomeEndpoints.known.contains(name) {
                let nearest = NearestName.of(name, among: OutcomeEndpoints.known)
                throw Problem.invalid(
                    "query/\(name)", "is not a known parameter" + (nearest.map { "; did you mean \($0)?" } ?? ""))
            }
        }
    }
}

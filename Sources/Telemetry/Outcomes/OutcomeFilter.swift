import Domain
import HTTP
import REST
import SQL

/// The filters of `GET /api/v1/outcomes` as a search.
struct OutcomeFilter {
    static let slicesMax = 4
    private(set) var search: OutcomeSearch

    init(_ call: Call) throws {
        search = OutcomeSearch(project: call.project)
        for column in ["deployment", "environment", "variant", "status", "surface", "cache"] {
            if let value = call.query(column) { search.whereProfile(column, value) }
        }
        // Probes are no traffic: they show when asked for.
        search.whereProfile("origin", call.query("origin") ?? Outcome.Origin.traffic.rawValue)
        if let unit = call.query("unit") { search.whereUnit(unit) }
        if let request = call.query("request_id") { search.whereRequest(request) }
        search.whereCreated(
            from: try Moment.query("from", call)?.milliseconds, before: try Moment.query("to", call)?.milliseconds)
        try addSlices(call)
    }

    private mutating func addSlices(_ call: Call) throws {
        var count = 0
        for (name, value) in call.request.query.all {
            if name.hasPrefix("slice."), name.utf8.count > 6 {
                count += 1
                guard count <= Self.slicesMax else {
                    throw Problem.invalid("query/\(name)", "at most \(Self.slicesMax) slices at once")
                }
                search.whereSlice(String(name.dropFirst(6)), value)
            } else if !OutcomeEndpoints.known.contains(name) {
                let nearest = NearestName.of(name, among: OutcomeEndpoints.known)
                throw Problem.invalid(
                    "query/\(name)", "is not a known parameter" + (nearest.map { "; did you mean \($0)?" } ?? ""))
            }
        }
    }
}

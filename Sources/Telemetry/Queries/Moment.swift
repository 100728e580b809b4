package import Domain
package import REST

/// A moment in a query parameter.
package enum Moment {
    /// - Throws: 422 naming the parameter.
    package static func query(_ name: String, _ call: Call) throws -> Timestamp? {
        guard let text = call.query(name) else { return nil }
        guard let moment = Timestamp(parsing: text) else {
            throw Problem.invalid("query/\(name)", "must be RFC 3339 (2026-01-31T09:00:00Z) or Unix milliseconds")
        }
        return moment
    }
}

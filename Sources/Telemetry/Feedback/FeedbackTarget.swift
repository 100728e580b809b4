import Domain
import JSON
import SQL

/// What the outcome of a feedback was served by: metrics group feedback by it.
struct FeedbackTarget {
    let outcomeID: String
    let deployment: String
    let environment: String
    let variant: String
    let revision: Int

    static func find(_ id: String, project: String, in connection: any Connection) throws -> FeedbackTarget? {
        guard let key = ULID(id),
            let found = try OutcomeSearch(id: key, project: project).run(count: 1, in: connection).first?.json
        else { return nil }
        return FeedbackTarget(
            outcomeID: id, deployment: found["deployment"]?.stringValue ?? "",
            environment: found["environment"]?.stringValue ?? "", variant: found["variant"]?.stringValue ?? "",
            revision: found["revision"]?.intValue ?? 0)
    }
}

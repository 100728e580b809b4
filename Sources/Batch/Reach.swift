import Domain

/// Whose files and batches a caller meets: those that its own key made. Requests and answers are what people wrote, so
/// all of the project's are for those who may read stored bodies; to delete or stop another's takes the right to change
/// what runs as well.
struct Reach: Sendable {
    let project: String
    /// nil for all of the project's.
    private let principal: Principal?

    private init(_ principal: Principal, toAll permissions: [Permission]) {
        project = principal.project
        self.principal = permissions.allSatisfy { principal.may($0) } ? nil : principal
    }

    static func reading(_ principal: Principal) -> Reach {
        Reach(principal, toAll: [.bodiesRead])
    }

    static func changing(_ principal: Principal) -> Reach {
        Reach(principal, toAll: [.bodiesRead, .deploymentsWrite])
    }

    /// Whose batches alone, by their `key_id`; nil for all of the project's.
    var key: String? { principal?.keyID }

    /// Whose files alone, by their `created_by`; nil for all of the project's.
    var actor: String? { principal?.actor }
}

import SQL

/// A variant of one revision of a deployment in an environment: what traffic is counted by.
struct ArmKey: Hashable, Sendable {
    let project: String
    let deployment: String
    let environment: String
    let variant: String
    let revision: Int

    var values: [SQLValue] {
        [.text(project), .text(deployment), .text(environment), .text(variant), .init(revision)]
    }
}

/// What has limits and budgets.
package struct LimitedSubject: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case key, project, deployment, provider
    }

    package let kind: Kind
    package let id: String

    package init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }
}

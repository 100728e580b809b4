package import JSON

/// What changed, for the audit log. Secrets must have been replaced before they come here.
package struct AuditEntry: Sendable {
    /// `model.create`, `deployment.rollback` …
    package let action: String
    /// `models/support-model/versions/7`.
    package let resource: String
    package let before: JSONValue
    package let after: JSONValue

    package init(action: String, resource: String, before: JSONValue = .null, after: JSONValue = .null) {
        self.action = action
        self.resource = resource
        self.before = before
        self.after = after
    }
}

/// What is not to be kept: personal data and secrets that have a form of their own. Names and addresses have none, and
/// are not found.
package enum SensitiveKind: String, Sendable, CaseIterable {
    case email, phone, card, iban, secret

    /// What stands in its place: ASCII without quotes and backslashes, so that it may stand in any JSON string, and
    /// nothing in it looks like one of these.
    package var placeholder: String { "[\(rawValue)]" }
}

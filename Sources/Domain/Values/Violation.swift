/// A rule of the domain that a document breaks, and where.
package struct Violation: Sendable, Hashable {
    /// A JSON pointer into the document (RFC 6901).
    package let pointer: String
    /// What a person has to mend: "must …", "is …".
    package let detail: String

    package init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

/// One violated rule, with the place of it: a JSON pointer into the body (RFC 6901), or `query/<name>`.
package struct FieldError: Sendable, Hashable {
    package let pointer: String
    package let detail: String

    package init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

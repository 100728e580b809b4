/// Why a form cannot be read.
package struct FormError: Error, Sendable, Equatable {
    /// The name of the part that is at fault, or of the header field that is; nil where neither is known.
    package let field: String?
    package let detail: String

    package init(_ field: String?, _ detail: String) {
        self.field = field
        self.detail = detail
    }
}

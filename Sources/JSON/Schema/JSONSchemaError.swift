/// Why a schema cannot be used.
package struct JSONSchemaError: Error, Sendable, Hashable {
    /// JSON pointer into the schema.
    package let pointer: String
    /// Fit for whoever wrote the schema.
    package let reason: String
}

extension JSONSchemaError: CustomStringConvertible {
    /// Pointer and reason.
    package var description: String { "\(pointer.isEmpty ? "the schema" : pointer): \(reason)" }
}

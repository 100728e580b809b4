/// Why a schema cannot be used.
package struct JSONSchemaError: Error, Sendable, Hashable {
    /// JSON pointer into the schema.
    package let pointer: String
    package let reason: String
}

extension JSONSchemaError: CustomStringConvertible {
    package var description: String { "\(pointer.isEmpty ? "the schema" : pointer): \(reason)" }
}

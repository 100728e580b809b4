/// One way in which a value is not what the schema asks for.
package struct JSONSchemaViolation: Sendable, Hashable {
    /// JSON pointer into the value.
    package let instancePointer: String
    /// JSON pointer to the keyword, within its schema document.
    package let keywordPointer: String
    /// For people; names the schema's values and never the instance's text.
    package let message: String
}

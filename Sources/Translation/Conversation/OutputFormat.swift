package import JSON

/// What the text of the answer must be.
package enum OutputFormat: Sendable, Equatable {
    case text
    /// Any JSON object.
    case jsonObject
    case jsonSchema(Schema)

    /// What the answer must fit.
    package struct Schema: Sendable, Equatable {
        package var schema: JSONValue
        /// OpenAI wants one; nil on wires that have none.
        package var name: String?
        package var description: String?
        package var isStrict: Bool?

        package init(
            _ schema: JSONValue, name: String? = nil, description: String? = nil, isStrict: Bool? = nil
        ) {
            self.schema = schema
            self.name = name
            self.description = description
            self.isStrict = isStrict
        }
    }
}

/// A member of an object schema.
package struct Property: Sendable {
    package let name: String
    package let schema: Schema
    package let isRequired: Bool
    package let description: String?

    package static func required(_ name: String, _ schema: Schema, _ description: String? = nil) -> Property {
        Property(name: name, schema: schema, isRequired: true, description: description)
    }

    package static func optional(_ name: String, _ schema: Schema, _ description: String? = nil) -> Property {
        Property(name: name, schema: schema, isRequired: false, description: description)
    }
}

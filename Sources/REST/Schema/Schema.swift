package import Domain
package import JSON

/// The shape of a body. One declaration validates what comes in (every violated rule at once, each with its pointer)
/// and is shown in the OpenAPI document.
package indirect enum Schema: Sendable {
    case string(min: Int = 0, max: Int = 4_096, description: String? = nil)
    /// A string under a rule of its own. `describe` is what the caller reads, after "must …" or the like.
    case text(format: String, rule: String, check: @Sendable (String) -> Bool)
    case enumeration([String])
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case boolean
    /// A format of somebody else's, as JSON Schema 2020-12: shown, and not checked here.
    case foreign(JSONValue)
    /// Any JSON value.
    case any(description: String)
    /// An object with any members.
    case map(Schema, keys: @Sendable (String) -> String?, max: Int)
    case array(Schema, min: Int = 0, max: Int)
    case object([Property])
    case nullable(Schema)
    /// The first object schema whose `tag` member has the given value.
    case tagged(by: String, [(value: String, schema: Schema)])
    case oneOf([Schema], description: String)
    /// A schema with rules of the domain on top, so that all that is wrong is told at once. The rules are asked even
    /// when the shape is wrong, and pass over what they cannot read.
    case checked(Schema, @Sendable (JSONValue) -> [Violation])

    /// `[a-z0-9][a-z0-9._-]{0,127}`.
    package static let name = Schema.text(
        format: "name", rule: ResourceNameRule.plain, check: ResourceNameRule.isPlain)
    package static let folderName = Schema.text(
        format: "name with folders", rule: ResourceNameRule.folders, check: ResourceNameRule.isWithFolders)
    package static let description = Schema.string(max: 4_096)
    /// `{"team": "search", …}`: at most 64 of them, values up to 1,024 bytes.
    package static let tags = Schema.map(.string(max: 1_024), keys: { _ in nil }, max: 64)
    package static let parameters = Schema.map(.any(description: "a request parameter"), keys: { _ in nil }, max: 64)
}

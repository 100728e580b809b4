package import JSON

/// A function that the model may have called. Tools that a vendor runs by itself have no form here: a reader that
/// meets one throws.
package struct Tool: Sendable, Equatable {
    package var name: String
    package var description: String?
    /// JSON Schema of the arguments, an object's; nil for a function without any.
    package var parameters: JSONValue?
    /// Whether the vendor is to hold the model to the schema.
    package var isStrict: Bool?
    package var cachePoint: CachePoint?

    package init(
        name: String, description: String? = nil, parameters: JSONValue? = nil, isStrict: Bool? = nil,
        cachePoint: CachePoint? = nil
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.isStrict = isStrict
        self.cachePoint = cachePoint
    }
}

/// A mark of what a vendor should cache.
package struct CachePoint: Sendable, Equatable {
    /// How long, in the vendor's words: `5m` or `1h` of Anthropic and Bedrock; nil for the vendor's default.
    package var lifetime: String?

    package init(lifetime: String? = nil) { self.lifetime = lifetime }
}

package import JSON

/// What one revision of a deployment says, as it was written.
package struct DeploymentContent: Sendable, Hashable {
    package let unit: AssignmentUnit
    package let variants: [VariantContent]
    /// Names of variants.
    package let fallbacks: [String]
    /// Whether a new revision is made when an alias or label that is named here moves.
    package let follow: Bool
    /// Whether what callers send and get is kept with their outcomes.
    package let storesBodies: Bool

    package init(
        unit: AssignmentUnit, variants: [VariantContent], fallbacks: [String], follow: Bool, storesBodies: Bool
    ) {
        self.unit = unit
        self.variants = variants
        self.fallbacks = fallbacks
        self.follow = follow
        self.storesBodies = storesBodies
    }

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    package init?(_ document: JSONValue) {
        let written = document["variants"]?.arrayValue ?? []
        let variants = written.compactMap { VariantContent($0) }
        guard variants.count == written.count else { return nil }
        self.init(
            unit: document["unit"]?.stringValue.flatMap(AssignmentUnit.init(rawValue:)) ?? .user,
            variants: variants,
            fallbacks: (document["fallbacks"]?.arrayValue ?? []).compactMap(\.stringValue),
            follow: document["follow"]?.boolValue ?? false,
            storesBodies: document["store_bodies"]?.boolValue ?? false)
    }
}

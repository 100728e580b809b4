package import JSON

/// What one revision of a deployment says, as it was written.
package struct DeploymentContent: Sendable, Hashable {
    package let variants: [VariantContent]
    package let options: DeploymentOptions

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    package init?(_ document: JSONValue) {
        let written = document["variants"]?.arrayValue ?? []
        variants = written.compactMap { VariantContent($0) }
        options = DeploymentOptions(document)
        guard variants.count == written.count else { return nil }
    }
}

package import JSON

/// Whether who asks something alike is answered with what was answered before, and who says how much alike it is.
package struct SemanticPolicy: Sendable, Hashable {
    package static let millisecondsMax = 60_000

    /// The name of the deployment that makes vectors of questions; of the same project.
    package let embeddings: String
    /// The cosine of two questions' vectors from which on one answer is given to both; above 0, up to 1.
    package let threshold: Double
    /// For how long a vector is waited for; 1 to `millisecondsMax`.
    package let milliseconds: Int

    package init(embeddings: String, threshold: Double = 0.95, milliseconds: Int = 1_000) {
        self.embeddings = embeddings
        self.threshold = threshold
        self.milliseconds = milliseconds
    }

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    package init?(_ document: JSONValue) {
        guard let embeddings = document["embeddings"]?.stringValue else { return nil }
        let standard = SemanticPolicy(embeddings: embeddings)
        let threshold = document["threshold"]?.doubleValue ?? standard.threshold
        let milliseconds = document["timeout_ms"]?.intValue ?? standard.milliseconds
        guard threshold > 0, threshold <= 1, (1...Self.millisecondsMax).contains(milliseconds) else { return nil }
        self.init(embeddings: embeddings, threshold: threshold, milliseconds: milliseconds)
    }

    /// As it is written.
    package var json: JSONValue {
        [
            "embeddings": .string(embeddings), "threshold": .number(threshold), "timeout_ms": JSONValue(milliseconds),
        ]
    }
}

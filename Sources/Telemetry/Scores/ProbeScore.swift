package import Domain

/// What one answer of a probe run was worth.
package struct ProbeScore: Sendable, Hashable {
    package let runID: String
    package let variant: String
    package let exampleID: String
    package let project: String
    package let probe: String
    package let deployment: String
    package let environment: String
    package let revision: Int
    package let outcomeID: String
    /// 0…1; nil when the call failed.
    package let score: Double?
    /// nil when the call failed: an error, not a wrong answer.
    package let passed: Bool?
    package let reason: String?
    package let createdAt: Timestamp

    package init(
        runID: String, variant: String, exampleID: String, project: String, probe: String, deployment: String,
        environment: String, revision: Int, outcomeID: String, score: Double?, passed: Bool?, reason: String?,
        createdAt: Timestamp
    ) {
        self.runID = runID
        self.variant = variant
        self.exampleID = exampleID
        self.project = project
        self.probe = probe
        self.deployment = deployment
        self.environment = environment
        self.revision = revision
        self.outcomeID = outcomeID
        self.score = score
        self.passed = passed
        self.reason = reason
        self.createdAt = createdAt
    }
}

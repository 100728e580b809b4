package import Domain

/// Where the monitor finds what it measures, and how it reaches it.
package struct ProbeSources: Sendable {
    /// - Returns: nil when the project has no such dataset.
    package typealias Examples =
        @Sendable (_ project: String, _ dataset: String) async throws -> [DatasetExample]?
    package typealias Call = @Sendable (ProbeRequest) async -> ProbeAnswer
    /// - Returns: nil when there is no such revision, or it can no longer be served.
    package typealias Pinned =
        @Sendable (_ project: String, _ environment: String, _ name: String, _ revision: Int) async throws
        -> LiveDeployment?

    let routing: Snapshot<RoutingTable>
    let pinned: Pinned
    let examples: Examples
    let call: Call
}

/// Where answers outlive memory and process. It is asked for what memory does not have, may lose anything at any time,
/// and never makes a loop wait.
package protocol AnswerArchive: Sendable {
    /// What it has under a key, and may still give. Cancelling the task ends the wait, and counts as too late.
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - ageMax: in seconds.
    /// - Returns: nil for what it does not have, any more or yet.
    func answer(_ key: [UInt8], ageMax: Int) async -> ArchivedAnswer?

    /// Keeps an answer some time soon, or never.
    func keep(_ answer: ArchivedAnswer)

    /// Lets go of all answers of deployments, those among them that are still to be kept: none is given once this has
    /// returned, in this process or a later one.
    /// - Throws: where that cannot be promised.
    func purge(deployments: Set<String>) async throws -> ArchiveHolding

    /// What it has of a deployment, by the deployment's id.
    var holdings: [String: ArchiveHolding] { get }

    /// The moment, as its ages go by.
    func now() -> Timestamp
}

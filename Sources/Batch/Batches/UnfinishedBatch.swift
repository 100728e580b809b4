import Domain

/// What the runner has to know of a batch to give it a slot.
struct UnfinishedBatch: Sendable {
    let id: String
    let project: String
    let status: BatchStatus
    let expiresAt: Timestamp
}

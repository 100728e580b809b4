package import Domain

/// Outcomes on their way into the file. One holder at a time changes it: the queue until it is taken, then the writer.
/// It is used again when it is empty, so that a busy gateway allocates no room for its outcomes.
package final class OutcomeBatch: @unchecked Sendable {
    // @unchecked: handed over, never shared, as said above.
    package internal(set) var outcomes: [Outcome] = []
    /// Held by the bodies of these.
    var bodyBytes = 0

    init() {}
}

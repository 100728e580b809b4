/// What the caller of one inference sent and got, where its deployment says that it is stored. It is held as it was
/// only in memory, and goes into the file without personal data and secrets.
package final class OutcomeBodies: @unchecked Sendable {
    // @unchecked: as for the outcome that it belongs to.

    /// What is to be kept of each of the two.
    package let bytesMax: Int
    package private(set) var request: BodyExcerpt
    /// nil when the caller got nothing of a provider's.
    package private(set) var answer: BodyExcerpt?
    /// What becomes of it in the file.
    package let derived = Derived()

    private let budget: BodyBudget?
    /// Of the budget.
    private var bytesTaken = 0

    /// - Parameter budget: what all of them share; nil for no bound but their own.
    package init(request: [UInt8], bytesMax: Int, budget: BodyBudget? = nil) {
        self.bytesMax = bytesMax
        self.budget = budget
        self.request = BodyExcerpt(.document, bytesMax: bytesMax)
        if take(self.request.growth(by: request.count)) {
            self.request.append(request)
        } else {
            self.request.skip(request.count)
        }
    }

    deinit { budget?.give(bytesTaken) }

    /// Whether not even a part of the request found room.
    package var isCrowdedOut: Bool { request.bytes.isEmpty && request.byteCount > 0 }

    /// The caller gets this, or this next.
    package func answered(_ bytes: [UInt8]) {
        if answer == nil { answer = BodyExcerpt(.document, bytesMax: bytesMax) }
        if take(answer?.growth(by: bytes.count) ?? 0) { answer?.append(bytes) } else { answer?.skip(bytes.count) }
    }

    /// The caller gets an event with this data next.
    package func relayed(_ data: [UInt8]) {
        if answer == nil { answer = BodyExcerpt(.events, bytesMax: bytesMax) }
        if take(answer?.growth(by: data.count) ?? 0) { answer?.append(event: data) } else { answer?.skip(data.count) }
    }

    /// Takes of the budget what will be held more.
    private func take(_ count: Int) -> Bool {
        guard let budget, count > 0 else { return true }
        guard budget.take(count) else { return false }
        bytesTaken += count
        return true
    }

    /// Bytes that it holds in memory.
    package var bytesHeld: Int { request.bytes.count + (answer?.bytes.count ?? 0) }
}

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

    package init(request: [UInt8], bytesMax: Int) {
        self.bytesMax = bytesMax
        self.request = BodyExcerpt(.document, bytesMax: bytesMax)
        self.request.append(request)
    }

    /// The caller gets this, or this next.
    package func answered(_ bytes: [UInt8]) {
        if answer == nil { answer = BodyExcerpt(.document, bytesMax: bytesMax) }
        answer?.append(bytes)
    }

    /// The caller gets an event with this data next.
    package func relayed(_ data: [UInt8]) {
        if answer == nil { answer = BodyExcerpt(.events, bytesMax: bytesMax) }
        answer?.append(event: data)
    }

    /// Bytes that it holds in memory.
    package var bytesHeld: Int { request.bytes.count + (answer?.bytes.count ?? 0) }
}

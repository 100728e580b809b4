/// One POST to an upstream. Passed from hand to hand, and so behind one reference.
package final class UpstreamRequest: Sendable {
    package let target: UpstreamTarget
    package let body: [UInt8]
    package let deadlines: UpstreamDeadlines
    /// How much of the answer may wait to be taken; beyond it the transfer is paused.
    package let bufferBytesMax: Int

    package init(target: UpstreamTarget, body: [UInt8], deadlines: UpstreamDeadlines, bufferBytesMax: Int) {
        self.target = target
        self.body = body
        self.deadlines = deadlines
        self.bufferBytesMax = bufferBytesMax
    }
}

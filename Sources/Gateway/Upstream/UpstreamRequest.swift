/// One POST to an upstream.
package struct UpstreamRequest: Sendable {
    package let url: String
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    package let policy: AddressPolicy
    package let deadlines: UpstreamDeadlines
    /// How much of the answer may wait to be taken; beyond it the transfer is paused.
    package let bufferBytesMax: Int

    package init(
        url: String, headers: [(name: String, value: String)], body: [UInt8], policy: AddressPolicy,
        deadlines: UpstreamDeadlines, bufferBytesMax: Int
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.policy = policy
        self.deadlines = deadlines
        self.bufferBytesMax = bufferBytesMax
    }
}

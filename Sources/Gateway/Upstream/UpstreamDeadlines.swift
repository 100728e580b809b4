/// How long each phase of a transfer may take. All but the gap are counted from its start.
package struct UpstreamDeadlines: Sendable, Hashable {
    /// Until the connection is ready for the request: name, TCP and TLS.
    package var connect: Duration
    /// Until the answer's head.
    package var firstByte: Duration
    /// Between two pieces of the body, while we want to read.
    package var idleGap: Duration
    /// Until the last byte.
    package var total: Duration

    package init(connect: Duration, firstByte: Duration, idleGap: Duration, total: Duration) {
        self.connect = connect
        self.firstByte = firstByte
        self.idleGap = idleGap
        self.total = total
    }
}

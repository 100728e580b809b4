/// What bounds every upstream connection.
package struct UpstreamLimits: Sendable {
    /// Of an answer's status line and fields together.
    package var headBytesMax = 65_536
    /// To one host and port, from one loop; transfers beyond it wait. 0 for no bound.
    package var connectionsPerHostMax = 0
    /// Idle connections that each loop keeps.
    package var idleConnectionsMax = 1_024
    /// How long an idle connection is kept; curl's own default.
    package var idleNanosecondsMax: UInt64 = 118_000_000_000

    package init() {}
}

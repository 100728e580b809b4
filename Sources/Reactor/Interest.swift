import CLinux

/// What a registered descriptor is watched for. Errors and full hang-ups are always reported.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes (or end of file) can be read.
    package static let read = Interest(rawValue: UInt32(CLINUX_READ))
    /// Bytes can be written.
    package static let write = Interest(rawValue: UInt32(CLINUX_WRITE))
    /// The peer closed its writing side; reported even while `read` is off, so that a paused reader learns of a
    /// departure.
    package static let peerClosed = Interest(rawValue: UInt32(CLINUX_PEER_CLOSED))
}

import CLinux

/// What a descriptor is ready for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A read will not block: bytes or end of file.
    package static let read = Readiness(rawValue: UInt32(CLINUX_READ))
    /// A write will not block.
    package static let write = Readiness(rawValue: UInt32(CLINUX_WRITE))
    /// The peer closed its writing side (only when asked for by `Interest.peerClosed`).
    package static let peerClosed = Readiness(rawValue: UInt32(CLINUX_PEER_CLOSED))
    /// Both directions are closed.
    package static let hangup = Readiness(rawValue: UInt32(CLINUX_HANGUP))
    /// The connection broke.
    package static let error = Readiness(rawValue: UInt32(CLINUX_ERROR))

    // Tests on the bits: those of `OptionSet` are generic, and dear where every event passes.

    /// A read tells something: bytes, the end, or what broke the connection.
    package var isReadable: Bool { rawValue & UInt32(CLINUX_READ | CLINUX_HANGUP | CLINUX_ERROR) != 0 }
    package var isWritable: Bool { rawValue & UInt32(CLINUX_WRITE) != 0 }
    /// Both directions are closed, or the connection broke: nothing more will come.
    package var isOver: Bool { rawValue & UInt32(CLINUX_HANGUP | CLINUX_ERROR) != 0 }
}

import CLinux

/// Makes ULIDs. Their chance comes from SplitMix64 seeded by the kernel: request ids are names, not secrets.
struct RequestIDSource {
    private var state: UInt64

    init() {
        var seed: UInt64 = 0
        clinux_random(&seed, MemoryLayout<UInt64>.size)
        state = seed
    }

    /// - Parameter milliseconds: since 1970.
    mutating func next(_ milliseconds: Int64) -> RequestID {
        RequestID(
            milliseconds: UInt64(max(0, milliseconds)), chance: (UInt16(truncatingIfNeeded: random()), random()))
    }

    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

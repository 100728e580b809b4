import Synchronization

/// Random fractions for waits. Seeded, so that tests can know them; drawn only when something has failed, so the loops
/// may share one.
package final class Jitter: Sendable {
    private let state: Mutex<UInt64>

    package init(seed: UInt64) {
        state = Mutex(seed)
    }

    /// Seeded by the system.
    package convenience init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: system.next())
    }

    /// From 0 to below 1, by SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    package func fraction() -> Double {
        let bits = state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
        return Double(bits >> 11) * 0x1p-53
    }
}

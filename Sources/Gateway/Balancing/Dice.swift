import Synchronization

/// Random numbers for choices among upstreams, and for how long to wait. Seeded, so that tests can know them; without a
/// lock, since all loops draw from one. SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014).
package final class Dice: Sendable {
    private let state: Atomic<UInt64>

    package init(seed: UInt64) {
        state = Atomic(seed)
    }

    /// Seeded by the system.
    package convenience init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: system.next())
    }

    /// 0 to below `count`, by the multiplication of Lemire ("Fast random integer generation in an interval", 2019),
    /// whose bias is `count` in 2^64.
    func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    /// From 0 to below 1.
    func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    private func next() -> UInt64 {
        var value = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

import Glibc

/// A hash that never changes between versions, machines or runs: assignments and cursors outlive the process. (Swift's
/// own `Hasher` is seeded anew in each.)
package enum StableHash {
    /// FNV-1a over the bytes (Fowler, Noll, Vo), finished with `mix`, since FNV alone leaves the high bits weak.
    package static func hash(_ text: String, seed: UInt64) -> UInt64 {
        var value = 0xCBF2_9CE4_8422_2325 ^ mix(seed)
        for byte in text.utf8 {
            value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return mix(value)
    }

    /// The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    package static func mix(_ input: UInt64) -> UInt64 {
        var value = input &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// ln of a uniform number in (0, 1), made of the upper 53 bits.
    static func logarithmOfUniform(_ bits: UInt64) -> Double {
        log((Double(bits >> 11) + 0.5) * 0x1p-53)
    }
}

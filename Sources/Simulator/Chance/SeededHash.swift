/// A number made of a seed and whatever is mixed in: equal inputs give equal numbers on every run. Not for secrets.
struct SeededHash {
    private var state: UInt64

    init(_ seed: UInt64) { state = Self.scramble(seed) }

    /// The same hash with one more number mixed in.
    func mixing(_ word: UInt64) -> SeededHash {
        var other = self
        other.state = Self.scramble(state ^ Self.scramble(word))
        return other
    }

    /// The same hash with text mixed in, by FNV-1a; its length counts too.
    func mixing(_ bytes: some Collection<UInt8>) -> SeededHash {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return mixing(sum).mixing(UInt64(bytes.count))
    }

    var value: UInt64 { state }

    /// In [0, 1), from the upper 53 bits.
    var unit: Double { Double(state >> 11) * 0x1p-53 }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
    static func scramble(_ word: UInt64) -> UInt64 {
        var mixed = word &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

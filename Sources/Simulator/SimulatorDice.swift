import Glibc

/// Decisions that look like chance and are a function of what is decided: repeatable whatever the order of requests.
struct SimulatorDice {
    let seed: UInt64

    /// Uniform in 0..<1.
    func share(_ purpose: StaticString, _ parts: String...) -> Double {
        var value = mix(seed)
        for byte in purpose.description.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for part in parts {
            value = mix(value)
            for byte in part.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        return Double(mix(value) >> 11) * 0x1p-53
    }

    /// A log-normal latency in milliseconds with the given median and 95th percentile.
    func latency(_ settings: SimulatorSettings, _ turn: UInt64) -> Double {
        let median = settings.latencyMedianMilliseconds
        guard median > 0 else { return 0 }
        let ratio = settings.latencyP95Milliseconds / median
        guard ratio > 1 else { return median }
        // Box and Muller (1958); 1.6449 is the normal's 95th percentile.
        let first = max(share("latency-radius", String(turn)), 1e-12)
        let second = share("latency-angle", String(turn))
        let normal = (-2 * log(first)).squareRoot() * cos(2 * Double.pi * second)
        return median * exp(normal * log(ratio) / 1.6449)
    }

    /// The finalizer of SplitMix64.
    private func mix(_ input: UInt64) -> UInt64 {
        var value = input &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

import CLinux

/// The kernel's random numbers, thirty-two at a time: one system call serves some thirty ids.
struct BufferedEntropy: RandomNumberGenerator, Sendable {
    // 256 bytes are what the kernel gives whole, without fail and without a wait (getrandom(2)).
    private var words = [UInt64](repeating: 0, count: 32)
    private var used = 32

    mutating func next() -> UInt64 {
        if used == words.count {
            words.withUnsafeMutableBytes { clinux_random($0.baseAddress, $0.count) }
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }
}

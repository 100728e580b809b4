/// Which traffic a window counts, and when.
struct WindowKey: Hashable, Sendable {
    /// Lengths in milliseconds, the finest first. Each divides the next.
    static let levels: [Int64] = [10_000, 60_000, 3_600_000]

    let arm: Int64
    let level: Int64
    /// Unix milliseconds, a multiple of `level`.
    let start: Int64
}

/// Which traffic a window counts, and when.
struct WindowKey: Hashable, Sendable {
    /// Lengths in milliseconds, the finest first. Each divides the next.
    static let levels: [Int64] = [10_000, 60_000, 3_600_000]

    let project: String
    let deployment: String
    let environment: String
    let level: Int64
    /// Unix milliseconds, a multiple of `level`.
    let start: Int64
    let variant: String
    let revision: Int
}

/// What two requests have in common that may have the same answer: a SHA-256 (FIPS 180-4) of all that decides it.
///
/// A collision would hand one caller the answer to what another asked, and requests are written by callers: so it must
/// be a hash for which nobody can make one. One whose secret changes with the process would do as well in memory, and
/// could not name anything that outlives it.
struct CacheKey: Hashable, Sendable {
    let first: UInt64
    let second: UInt64
    let third: UInt64
    let fourth: UInt64

    /// The digest itself.
    var bytes: [UInt8] {
        var words = (first, second, third, fourth)
        return withUnsafeBytes(of: &words) { Array($0) }
    }

    /// Any of its words is as good a hash as can be had.
    func hash(into hasher: inout Hasher) { hasher.combine(first) }

    static func == (left: CacheKey, right: CacheKey) -> Bool {
        left.first == right.first && left.second == right.second && left.third == right.third
            && left.fourth == right.fourth
    }
}

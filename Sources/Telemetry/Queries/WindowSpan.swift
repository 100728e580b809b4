/// A span of time cut into the fewest windows: whole hours from hourly rows, the rest from minutes and ten seconds. All
/// levels count the same outcomes, so the sum is exact.
enum WindowSpan {
    struct Piece: Equatable {
        let level: Int64
        /// Unix milliseconds; both ends are multiples of `level`.
        let range: Range<Int64>
    }

    /// Widened to whole windows of the finest level.
    static func aligned(_ range: Range<Int64>) -> Range<Int64> {
        let finest = WindowKey.levels[0]
        return floor(range.lowerBound, finest)..<ceiling(range.upperBound, finest)
    }

    /// - Parameter range: aligned.
    static func pieces(_ range: Range<Int64>) -> [Piece] {
        pieces(range, levels: WindowKey.levels[...])
    }

    private static func pieces(_ range: Range<Int64>, levels: ArraySlice<Int64>) -> [Piece] {
        guard !range.isEmpty, let level = levels.last else { return [] }
        let finer = levels.dropLast()
        let low = ceiling(range.lowerBound, level)
        let high = floor(range.upperBound, level)
        guard low < high else { return pieces(range, levels: finer) }
        return pieces(range.lowerBound..<low, levels: finer) + [Piece(level: level, range: low..<high)]
            + pieces(high..<range.upperBound, levels: finer)
    }

    static func floor(_ moment: Int64, _ level: Int64) -> Int64 {
        moment - (moment % level + level) % level
    }

    static func ceiling(_ moment: Int64, _ level: Int64) -> Int64 {
        -floor(-moment, level)
    }
}

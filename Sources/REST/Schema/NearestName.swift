/// The known name that a mistyped one most likely means.
package enum NearestName {
    /// By Damerau–Levenshtein distance (optimal string alignment), at most a third of the length away.
    package static func of(_ name: String, among known: [String]) -> String? {
        let written = Array(name.utf8.prefix(64))
        let limit = max(1, written.count / 3)
        return known.map { (name: $0, distance: distance(written, Array($0.utf8))) }
            .filter { $0.distance <= max(limit, 2) }
            .min { $0.distance < $1.distance }?.name
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var twoBack = [Int]()
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var best = min(previous[column + 1], current[column]) + 1
                best = min(best, previous[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, twoBack[column - 1] + 1)
                }
                current.append(best)
            }
            twoBack = previous
            previous = current
        }
        return previous[right.count]
    }
}

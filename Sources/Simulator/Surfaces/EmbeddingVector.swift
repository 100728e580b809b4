/// A vector of length 1, the same for the same seed, model and text. Texts of the same words, however they are written,
/// are much alike, those that share some of them a little, and others not at all.
enum EmbeddingVector {
    static let standardDimensions = 16
    static let dimensionsMax = 4_096
    /// How much two texts of the same words differ.
    private static let ownShare = 0.05

    static func of(_ text: String, model: String, dimensions: Int, seed: UInt64) -> [Float] {
        let hash = SeededHash(seed).mixing(model.utf8)
        var sum = direction(hash.mixing(text.utf8), dimensions, length: ownShare)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let direction = direction(hash.mixing("word ".utf8).mixing(word.utf8), dimensions, length: 1)
            for index in 0..<dimensions { sum[index] += direction[index] }
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return sum.map { Float(length > 0 ? $0 / length : 1) }
    }

    private static func direction(_ hash: SeededHash, _ dimensions: Int, length: Double) -> [Double] {
        var generator = SeededGenerator(seed: hash.value)
        let raw = (0..<dimensions).map { _ in Double(generator.next() >> 11) * 0x1p-52 - 1 }
        let own = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return raw.map { own > 0 ? $0 / own * length : 0 }
    }
}

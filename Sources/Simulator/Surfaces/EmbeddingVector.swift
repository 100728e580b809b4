/// A vector of length 1, the same for the same seed, model and text.
enum EmbeddingVector {
    static let standardDimensions = 16
    static let dimensionsMax = 4_096

    static func of(_ text: String, model: String, dimensions: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: SeededHash(seed).mixing(model.utf8).mixing(text.utf8).value)
        let raw = (0..<dimensions).map { _ in Double(generator.next() >> 11) * 0x1p-52 - 1 }
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return raw.map { Float(length > 0 ? $0 / length : 1) }
    }
}

/// An input whose last bytes choose how the rest is handed over: where it is cut, and under which limits. They stand at
/// the end so that a case of a corpus stays readable, and mutations of its start leave the choice alone.
struct FuzzInput {
    let bytes: [UInt8]
    /// Ascending offsets into `bytes`.
    let cuts: [Int]
    /// Bits that a target reads as it likes.
    let choices: UInt8

    /// How many bytes the choice takes.
    static let tailCount = 5

    init(_ input: [UInt8]) {
        let tail = input.suffix(Self.tailCount)
        bytes = Array(input.dropLast(Self.tailCount))
        let numbers = [UInt8](repeating: 0, count: Self.tailCount - tail.count) + tail
        let count = bytes.count + 1
        cuts = [numbers[0...1], numbers[2...3]].map { pair in
            pair.reduce(0) { $0 << 8 | Int($1) } % count
        }.sorted()
        choices = numbers[4]
    }

    /// The pieces between the cuts, or single bytes.
    func pieces(single: Bool) -> [ArraySlice<UInt8>] {
        if single { return bytes.indices.map { bytes[$0...$0] } }
        return [bytes[..<cuts[0]], bytes[cuts[0]..<cuts[1]], bytes[cuts[1]...]]
    }
}

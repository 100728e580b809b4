/// Words that mean nothing, the same for the same hash.
enum Sentence {
    private static let words: [String] = [
        "the", "parcel", "was", "sent", "from", "our", "northern", "depot", "and", "should", "reach", "your", "street",
        "before", "noon", "while", "another", "letter", "waits", "at", "counter", "with", "a", "note", "that", "says",
        "please", "ring", "twice", "since", "bell", "is", "quiet", "when", "rain", "falls", "on", "old", "roof", "so",
        "nobody", "hears", "it", "until", "evening", "train", "has", "passed", "under", "bridge", "near", "harbour",
        "where", "green", "boats", "carry", "mail", "between", "small", "islands", "every", "second", "week", "of",
    ]

    /// So many words with single blanks between them.
    static func text(words count: Int, _ hash: SeededHash) -> String {
        var generator = SeededGenerator(seed: hash.value)
        var text = ""
        text.reserveCapacity(count * 7)
        for index in 0..<count {
            if index > 0 { text += " " }
            text += words[Int(truncatingIfNeeded: generator.next() % UInt64(words.count))]
        }
        return text
    }
}

/// The words that turn a question into its opposite, which vectors hardly tell: "not" and its like. A word that stands
/// for itself is found, or one that is plain to see in a script without spaces. What a language says by an ending or a
/// beginning of the verb or the noun (Turkish -me-, Czech ne-, English un-) is not: Dryer, "Negative Morphemes" (World
/// Atlas of Language Structures, chapter 112) tells which do. What is found for nothing, such as the Portuguese "no",
/// costs a question that is asked again.
enum Negation {
    /// Longer ones are none of them.
    private static let wordBytesMax = 24

    /// Those of a word between spaces, in their order, as their language writes them; "n't" is "not".
    static func words(in text: Substring) -> [String] {
        var found: [String] = []
        for part in text.split(whereSeparator: { !$0.isLetter && !isApostrophe($0) }) {
            if part.unicodeScalars.contains(where: isUnspaced) {
                search(part, into: &found)
            } else if part.utf8.count <= wordBytesMax, let word = word(part) {
                found.append(word)
            }
        }
        return found
    }

    private static func word(_ part: Substring) -> String? {
        var word = String(part.map { isApostrophe($0) ? "'" : $0 }).lowercased()
        while word.hasPrefix("'") { word.removeFirst() }
        while word.hasSuffix("'") { word.removeLast() }
        if word.hasSuffix("n't") { return "not" }
        if word.hasPrefix("n'") { return "ne" }
        return words[word]
    }

    private static func isApostrophe(_ character: Character) -> Bool {
        character == "'" || character == "\u{2019}" || character == "\u{2BC}"
    }

    private static let words: [String: String] = {
        var words: [String: String] = [:]
        for line in lines { for word in line.split(separator: " ") { words[String(word)] = String(word) } }
        for word in contractions.split(separator: " ") { words[String(word)] = "not" }
        for (bare, word) in [("nao", "não"), ("jamas", "jamás"), ("ningun", "ningún"), ("degil", "değil")] {
            words[bare] = word
        }
        return words
    }()

    private static let contractions = """
        cannot dont cant wont isnt arent wasnt werent doesnt didnt hasnt havent hadnt couldnt wouldnt shouldnt mustnt \
        aint
        """

    /// A language each: English, German, Dutch, the Scandinavian ones, French, Spanish, Portuguese, Italian, Polish,
    /// Russian, Ukrainian, Turkish, Arabic, Hebrew, Hindi, Indonesian, Vietnamese.
    private static let lines = [
        "not no never none nobody nothing nowhere neither nor without",
        "nicht nichts nie niemals niemand nirgends kein keine keinen keinem keiner keines keins weder ohne nein",
        "niet niets nooit niemand nergens geen zonder nee",
        "inte ej aldrig ingen inget inga utan nej ikke aldri intet ingenting uden uten nei",
        "ne pas jamais rien aucun aucune sans ni non",
        "no nunca jamás nada nadie ningún ninguno ninguna sin ni tampoco",
        "não nunca jamais nada ninguém nenhum nenhuma sem nem",
        "non mai niente nulla nessun nessuno nessuna senza né",
        "nie nigdy nic nikt bez ani żaden żadna żadne",
        "не нет ни никогда ничего никто без нельзя",
        "не ні ніколи нічого ніхто без немає нема",
        "değil yok hayır asla hiç",
        "لا لم لن ليس ليست ولا بلا بدون دون غير",
        "לא אין בלי ללא שלא ולא",
        "नहीं न मत बिना",
        "tidak bukan jangan belum tanpa tak",
        "không chưa đừng chẳng",
    ]

    // MARK: Scripts whose words are not set apart, or grow at their ends

    /// Thai, the letters of Hangul, and from the radicals on kana, Han and Hangul (the blocks of Unicode 16).
    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xE00...0xE7F, 0x1100...0x11FF, 0x2E80...0xD7FF: true
        default: false
        }
    }

    /// Thai, Chinese (and what Japanese has of it), Japanese, Korean.
    private static let pieces: [Character: [(piece: [Character], word: String)]] = {
        var pieces: [Character: [(piece: [Character], word: String)]] = [:]
        func add(_ list: String, _ word: String? = nil) {
            for piece in list.split(separator: " ") {
                guard let first = piece.first else { continue }
                pieces[first, default: []].append((Array(piece), word ?? String(piece)))
            }
        }
        add("ไม่ ห้าม อย่า")
        add("不 没 无 非 未 别 勿 莫")
        add("沒", "没")
        add("無", "无")
        add("別", "别")
        add("ない なかっ なく なけれ なし ません ずに", "ない")
        add("않 없 못 아니")
        return pieces
    }()

    private static func search(_ part: Substring, into found: inout [String]) {
        // By itself alone: it is the beginning of many a word.
        if part == "안" { return found.append("안") }
        var rest = part
        while let first = rest.first {
            let match = pieces[first]?.first { rest.starts(with: $0.piece) }
            if let match { found.append(match.word) }
            rest = rest.dropFirst(match?.piece.count ?? 1)
        }
    }
}

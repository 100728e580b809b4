/// A Swift file as it is written, and line by line as code: without comments and the contents of strings.
struct SourceFile: Sendable {
    /// From the root of the repository, such as `Sources/HTTP/Wire/Octet.swift`.
    let path: String
    let lines: [String]
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var reader = CodeReader()
        code = lines.map { reader.code(of: $0) }
    }

    /// The second part of the path, `HTTP` of `Sources/HTTP/Wire/Octet.swift`. Migrations are a target too, and
    /// so is config.
    var target: String {
        let parts = path.split(separator: "/")
        switch parts[0] {
        case "migrations": return "Migrations"
        case "config": return "ShippedPrices"
        default: return parts.count > 1 ? String(parts[1]) : ""
        }
    }

    var name: String {
        String(path.split(separator: "/").last?.dropLast(".swift".count) ?? "")
    }

    /// The modules that it imports, with the lines that do.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "." }).map(String.init)
            guard let position = words.firstIndex(of: "import"), words.count > position + 1 else { return nil }
            let before = words[..<position]
            guard before.allSatisfy({ $0.hasPrefix("@") || ["package", "internal", "public"].contains($0) }) else {
                return nil
            }
            let kinds: Set = ["func", "struct", "class", "enum", "protocol", "var", "let", "typealias"]
            let next = kinds.contains(words[position + 1]) ? position + 2 : position + 1
            return next < words.count ? (words[next], index + 1) : nil
        }
    }

    /// Whether a comment stands on the line (counted from 1) or within three lines of it.
    func hasComment(near line: Int) -> Bool {
        let near = max(0, line - 4)..<min(lines.count, line + 3)
        return near.contains { lines[$0].contains("//") }
    }
}

/// One Mustache tag, as far as Signalbox has to know: which variables a template needs, and which tags it refuses.
struct TemplateTag: Equatable {
    enum Kind: Equatable {
        case variable, section, sectionEnd, comment, partial, inheritance, pragma
    }

    let kind: Kind
    let name: String
    /// How many sections stand around it.
    let depth: Int

    /// All tags in order, honouring set-delimiter tags (mustache(5), "Set Delimiter"). Broken templates give what was
    /// found so far: the parser proper reports the fault.
    static func scan(_ template: String) -> [TemplateTag] {
        var tags = [TemplateTag]()
        var opening = "{{"
        var closing = "}}"
        var depth = 0
        var rest = template[...]
        while let start = rest.firstRange(of: opening) {
            rest = rest[start.upperBound...]
            guard let sigil = rest.first else { break }
            let end = sigil == "{" ? "}" + closing : sigil == "=" ? "=" + closing : closing
            guard let stop = rest.firstRange(of: end) else { break }
            let content = rest[..<stop.lowerBound]
            rest = rest[stop.upperBound...]
            if sigil == "=" {
                let parts = content.dropFirst().split(whereSeparator: \.isWhitespace)
                guard parts.count == 2 else { break }
                opening = String(parts[0])
                closing = String(parts[1])
                continue
            }
            let kind = kind(of: sigil)
            if kind == .sectionEnd { depth = max(0, depth - 1) }
            tags.append(TemplateTag(kind: kind, name: name(in: content, sigil: sigil), depth: depth))
            if kind == .section || (kind == .inheritance && sigil != ">") { depth += 1 }
        }
        return tags
    }

    private static func kind(of sigil: Character) -> Kind {
        switch sigil {
        case "#", "^": .section
        case "/": .sectionEnd
        case "!": .comment
        case ">": .partial
        case "<", "$": .inheritance
        case "%": .pragma
        default: .variable
        }
    }

    private static func name(in content: Substring, sigil: Character) -> String {
        let body = "#^/!><$%&{".contains(sigil) ? content.dropFirst() : content
        return String(body.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
    }
}

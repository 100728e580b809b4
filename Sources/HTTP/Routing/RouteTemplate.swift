/// A route's path taken apart.
struct RouteTemplate {
    enum Segment {
        case literal(String)
        /// Takes one whole segment; `takesSlash` when it may hold an encoded slash (`{name+}`).
        case parameter(name: String, takesSlash: Bool)
        /// Takes all that is left (`{name*}`), and stands last.
        case rest(name: String)
    }

    let segments: [Segment]

    /// Throws `RouterError`.
    init(_ path: String) throws {
        func refuse(_ reason: String) -> RouterError { RouterError(template: path, reason: reason) }
        guard path.hasPrefix("/") else { throw refuse("a template begins with /") }
        var names = Set<String>()
        var segments: [Segment] = []
        for text in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if case .rest = segments.last { throw refuse("{…*} stands last") }
            let segment = try Self.segment(text, refuse)
            switch segment {
            case .literal: break
            case .parameter(let name, _), .rest(let name):
                guard names.insert(name).inserted else { throw refuse("the parameter \(name) is named twice") }
            }
            segments.append(segment)
        }
        self.segments = segments
    }

    /// Names in order, and which of them take an encoded slash.
    var parameters: [(name: String, takesSlash: Bool)] {
        segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .parameter(let name, let takesSlash): (name, takesSlash)
            case .rest(let name): (name, true)
            }
        }
    }

    private static func segment(_ text: Substring, _ refuse: (String) -> RouterError) throws -> Segment {
        guard text.hasPrefix("{") else {
            guard !text.contains("{"), !text.contains("}") else { throw refuse("a parameter is a whole segment") }
            return .literal(String(text))
        }
        guard text.hasSuffix("}") else { throw refuse("a brace is not closed") }
        var name = text.dropFirst().dropLast()
        let mark = name.last
        if mark == "+" || mark == "*" { name.removeLast() }
        guard !name.isEmpty, !name.contains("{"), !name.contains("}") else { throw refuse("a parameter has no name") }
        return mark == "*" ? .rest(name: String(name)) : .parameter(name: String(name), takesSlash: mark == "+")
    }
}

import JSON

/// Reads a condition by recursive descent.
struct ConditionParser {
    private var lexer: ConditionLexer
    private var token = ConditionToken(kind: .end, offset: 0)
    private var depth = 0

    private static let depthMax = 32
    private static let listMax = 256

    init(_ text: String) throws(ConditionError) {
        lexer = ConditionLexer(text)
        token = try lexer.next()
    }

    mutating func parse() throws(ConditionError) -> ConditionNode {
        let start = token.offset
        let node = try alternatives()
        guard token.kind == .end else { throw fault("has something after its end") }
        return try condition(node, at: start)
    }

    // MARK: From the loosest to the tightest

    private mutating func alternatives() throws(ConditionError) -> ConditionNode {
        var start = token.offset
        var node = try conjunction()
        while try takes("||") {
            let left = try condition(node, at: start)
            start = token.offset
            node = .or(left, try condition(try conjunction(), at: start))
        }
        return node
    }

    private mutating func conjunction() throws(ConditionError) -> ConditionNode {
        var start = token.offset
        var node = try relation()
        while try takes("&&") {
            let left = try condition(node, at: start)
            start = token.offset
            node = .and(left, try condition(try relation(), at: start))
        }
        return node
    }

    private static let comparisons: [(sign: String, kind: ConditionNode.Comparison)] = [
        ("==", .equal), ("!=", .unequal), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("<", .less),
        (">", .greater),
    ]

    private mutating func relation() throws(ConditionError) -> ConditionNode {
        let left = try negation()
        if token.kind == .name("in") {
            try advance()
            return .membership(left, try list(for: left.type))
        }
        for (sign, kind) in Self.comparisons where token.kind == .sign(sign) {
            let place = token.offset
            try advance()
            let right = try negation()
            guard left.type.meets(right.type) else {
                throw ConditionError(
                    offset: place, reason: "compares \(left.type.rawValue) with \(right.type.rawValue)")
            }
            guard kind == .equal || kind == .unequal || (left.type != .bool && right.type != .bool) else {
                throw ConditionError(offset: place, reason: "asks which of two conditions is greater")
            }
            return .comparison(kind, left, right)
        }
        return left
    }

    private mutating func negation() throws(ConditionError) -> ConditionNode {
        if try takes("!") {
            let start = token.offset
            return .not(try condition(try nested { parser throws(ConditionError) in try parser.negation() }, at: start))
        }
        if try takes("-") {
            guard case .number(let value) = token.kind else { throw fault("needs a number after -") }
            try advance()
            return .literal(.number(-value))
        }
        return try primary()
    }

    private mutating func primary() throws(ConditionError) -> ConditionNode {
        switch token.kind {
        case .number(let value):
            try advance()
            return .literal(.number(value))
        case .string(let text):
            try advance()
            return try tests(on: .literal(.string(text)))
        case .sign("("):
            try advance()
            let node = try nested { parser throws(ConditionError) in try parser.alternatives() }
            try expect(")")
            return node
        case .name(let name):
            return try named(name)
        case .end:
            throw fault("ends where a value is needed")
        case .sign(let sign):
            throw fault("has \(sign) where a value is needed")
        }
    }

    // MARK: Names

    private mutating func named(_ name: String) throws(ConditionError) -> ConditionNode {
        let start = token.offset
        try advance()
        switch name {
        case "true": return .literal(.bool(true))
        case "false": return .literal(.bool(false))
        case "has":
            try expect("(")
            guard case .name(let root) = token.kind, case .fact(let fact) = try named(root) else {
                throw fault("needs a fact of the request in has(…)")
            }
            try expect(")")
            return .presence(fact)
        default: break
        }
        guard ConditionFact.roots.contains(name) else {
            throw ConditionError(
                offset: start,
                reason: "knows no \(name): there are \(ConditionFact.roots.joined(separator: ", "))")
        }
        guard let members = ConditionFact.members(of: name) else {
            guard let fact = ConditionFact.plain(name) else { throw fault("knows no \(name)") }
            return try tests(on: .fact(fact))
        }
        let member = try memberName(of: name, examples: members)
        guard let fact = ConditionFact.member(member, of: name) else {
            throw ConditionError(
                offset: start, reason: "knows no \(name).\(member): there are \(members.joined(separator: ", "))")
        }
        if case .header(let name) = fact, Self.secret.contains(name) {
            throw ConditionError(offset: start, reason: "must not look at \(name): key.name and key.id tell who calls")
        }
        return try tests(on: .fact(fact))
    }

    /// Whoever may write a deployment could guess a key by them, a character at a time.
    private static let secret: Set = ["authorization", "proxy-authorization", "x-api-key", "cookie"]

    private mutating func memberName(of root: String, examples: [String]) throws(ConditionError) -> String {
        if try takes("[") {
            guard case .string(let text) = token.kind, !text.isEmpty else {
                throw fault("needs a name in \(root)[…]")
            }
            try advance()
            try expect("]")
            return text
        }
        guard try takes(".") else {
            let example = examples.first ?? "name"
            throw fault("needs a member after \(root), as in \(root).\(example)")
        }
        guard case .name(let member) = token.kind else { throw fault("needs a name after \(root).") }
        try advance()
        return member
    }

    /// `.startsWith("a")` and its like, after anything that can be a string.
    private mutating func tests(on node: ConditionNode) throws(ConditionError) -> ConditionNode {
        guard try takes(".") else { return node }
        let start = token.offset
        guard case .name(let name) = token.kind else { throw fault("needs a test after the dot") }
        guard node.type.meets(.string) else {
            throw ConditionError(offset: start, reason: "asks \(node.type.rawValue) for .\(name)")
        }
        try advance()
        try expect("(")
        guard case .string(let text) = token.kind else { throw fault("needs a string in .\(name)(…)") }
        let place = token.offset
        try advance()
        try expect(")")
        switch name {
        case "startsWith": return .text(node, .startsWith(text))
        case "endsWith": return .text(node, .endsWith(text))
        case "contains": return .text(node, .contains(text))
        case "matches":
            do throws(LinearPatternError) {
                return .text(node, .matches(try LinearPattern(text)))
            } catch {
                throw ConditionError(offset: place, reason: "has a pattern that cannot be read: \(error)")
            }
        default:
            throw ConditionError(
                offset: start, reason: "knows no .\(name): there are startsWith, endsWith, contains, matches")
        }
    }

    private mutating func list(for type: ConditionType) throws(ConditionError) -> [ConditionValue] {
        try expect("[")
        var values = [ConditionValue]()
        repeat {
            let start = token.offset
            guard case .literal(let value) = try negation() else {
                throw ConditionError(offset: start, reason: "needs a string, number or boolean in the list")
            }
            guard ConditionNode.literal(value).type.meets(type) else {
                throw ConditionError(offset: start, reason: "looks for \(type.rawValue) among others")
            }
            values.append(value)
            guard values.count <= Self.listMax else {
                throw ConditionError(offset: start, reason: "has a list of more than \(Self.listMax)")
            }
        } while try takes(",")
        try expect("]")
        return values
    }

    // MARK: Words

    private func condition(_ node: ConditionNode, at offset: Int) throws(ConditionError) -> ConditionNode {
        guard node.type == .bool else {
            throw ConditionError(
                offset: offset, reason: "has \(node.type.rawValue) where a condition is needed: compare it")
        }
        return node
    }

    private mutating func nested(
        _ parse: (inout ConditionParser) throws(ConditionError) -> ConditionNode
    ) throws(ConditionError) -> ConditionNode {
        guard depth < Self.depthMax else { throw fault("is nested deeper than \(Self.depthMax)") }
        depth += 1
        defer { depth -= 1 }
        return try parse(&self)
    }

    private mutating func takes(_ sign: String) throws(ConditionError) -> Bool {
        guard token.kind == .sign(sign) else { return false }
        try advance()
        return true
    }

    private mutating func expect(_ sign: String) throws(ConditionError) {
        guard try takes(sign) else { throw fault("needs \(sign)") }
    }

    private mutating func advance() throws(ConditionError) { token = try lexer.next() }

    private func fault(_ reason: String) -> ConditionError {
        ConditionError(offset: token.offset, reason: reason)
    }
}

/// A pattern laid out as instructions for a matcher that is in many places of it at once.
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        /// Takes one scalar of a set, by its index, and goes on with the next instruction.
        case scalar(Int)
        case split(Int, Int)
        case jump(Int)
        case assertion(PatternAssertion)
        /// Goes on where the look-around of this index holds, or does not.
        case look(Int, negated: Bool)
        case accept
    }

    /// A look-around's body. One that looks ahead is laid out backwards: run over the text from its end, it then tells for
    /// every place at once whether the body matches from there.
    struct Look: Sendable {
        let entry: Int
        let isAhead: Bool
    }

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [ScalarSet] = []
    /// Inner ones before the ones that use them.
    private(set) var looks: [Look] = []
    private(set) var entry = 0
    /// Whether it can match at the start of the text only.
    private(set) var isTiedToStart = false
    private(set) var ignoresCase = false

    /// Instructions, and copies made for counted repetitions.
    private static let sizeMax = 32_768
    private var size = 0

    init(_ node: PatternNode) throws(TextPatternError) {
        try lookAround(node)
        entry = instructions.count
        try append(node, backwards: false)
        instructions.append(.accept)
        isTiedToStart = Self.isTiedToStart(node)
        ignoresCase = sets.contains(where: \.ignoresCase)
    }

    private static func isTiedToStart(_ node: PatternNode) -> Bool {
        switch node {
        case .assertion(.textStart): true
        case .sequence(let nodes): nodes.first.map(isTiedToStart) ?? false
        case .alternatives(let nodes): nodes.allSatisfy(isTiedToStart)
        default: false
        }
    }

    /// Lays out the bodies of all look-arounds of `node`, inner ones first, in the order in which `append` meets them.
    private mutating func lookAround(_ node: PatternNode) throws(TextPatternError) {
    }

    private mutating func append(_ node: PatternNode, backwards: Bool) throws(TextPatternError) {
    }
}

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

    /// A look-around's body. One that looks ahead is laid out backwards: run over the text from its end, it then tells
    /// for every place at once whether the body matches from there.
    struct Look: Sendable {
        let entry: Int
        let isAhead: Bool
    }

    private(set) var instructions: [Instruction] = []
    let sets: [ScalarSet]
    /// Inner ones before the ones that use them.
    private(set) var looks: [Look] = []
    private(set) var entry = 0
    /// Whether it can match at the start of the text only.
    let isTiedToStart: Bool

    /// Instructions, and copies made for counted repetitions.
    private static let sizeMax = 32_768
    private var size = 0

    /// - Parameter sets: what the scalars of `node` index.
    init(_ node: PatternNode, sets: [ScalarSet]) throws(LinearPatternError) {
        self.sets = sets
        isTiedToStart = Self.isTiedToStart(node)
        // The bodies of look-arounds stand between; each is jumped over where it stands.
        try append(node, backwards: false)
        instructions.append(.accept)
    }

    private static func isTiedToStart(_ node: PatternNode) -> Bool {
        switch node {
        case .assertion(.textStart): true
        case .sequence(let nodes): nodes.first.map(isTiedToStart) ?? false
        case .alternatives(let nodes): nodes.allSatisfy(isTiedToStart)
        default: false
        }
    }

    private mutating func charge() throws(LinearPatternError) {
        size += 1
        if size > Self.sizeMax { throw LinearPatternError(offset: 0, reason: "the pattern repeats too much") }
    }

    private mutating func append(_ node: PatternNode, backwards: Bool) throws(LinearPatternError) {
        try charge()
        switch node {
        case .empty: break
        case .scalar(let set): instructions.append(.scalar(set))
        case .assertion(let assertion): instructions.append(.assertion(assertion))
        case .sequence(let nodes):
            for node in backwards ? nodes.reversed() : nodes { try append(node, backwards: backwards) }
        case .alternatives(let nodes): try append(alternatives: nodes, backwards: backwards)
        case .repeated(let body, let least, let most):
            for _ in 0..<least { try append(body, backwards: backwards) }
            if let most {
                try append(optional: body, times: most - least, backwards: backwards)
            } else {
                try append(loop: body, backwards: backwards)
            }
        case .look(let body, let isAhead, let negated):
            let jump = placeholder()
            let entry = instructions.count
            try append(body, backwards: isAhead)
            instructions.append(.accept)
            instructions[jump] = .jump(instructions.count)
            looks.append(Look(entry: entry, isAhead: isAhead))
            instructions.append(.look(looks.count - 1, negated: negated))
        }
    }

    /// A place whose target is known later; until then it leads nowhere else.
    private mutating func placeholder() -> Int {
        instructions.append(.jump(instructions.count + 1))
        return instructions.count - 1
    }

    private mutating func append(alternatives: [PatternNode], backwards: Bool) throws(LinearPatternError) {
        var ends: [Int] = []
        for alternative in alternatives.dropLast() {
            let split = placeholder()
            try append(alternative, backwards: backwards)
            ends.append(placeholder())
            instructions[split] = .split(split + 1, instructions.count)
        }
        if let last = alternatives.last { try append(last, backwards: backwards) }
        for end in ends { instructions[end] = .jump(instructions.count) }
    }

    private mutating func append(loop body: PatternNode, backwards: Bool) throws(LinearPatternError) {
        let split = placeholder()
        try append(body, backwards: backwards)
        instructions.append(.jump(split))
        instructions[split] = .split(split + 1, instructions.count)
    }

    private mutating func append(optional body: PatternNode, times: Int, backwards: Bool) throws(LinearPatternError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(placeholder())
            try append(body, backwards: backwards)
        }
        for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }
}

/// Runs a program over a text: at every place the set of instructions that wait for the next scalar is kept, so each
/// instruction is looked at once per place at most.
struct PatternMatcher {
    /// A match was given up because of its cost.
    struct TooCostly: Error {}

    private let program: PatternProgram
    private let text: [UInt32]
    private(set) var stepsLeft: Int
    /// For every look-around worked out so far, whether its body matches at each place of the text.
    private var looks: [[Bool]] = []
    private var pending: [Int] = []

    init(_ program: PatternProgram, _ text: [UInt32], stepsMax: Int) {
        self.program = program
        self.text = text
        stepsLeft = stepsMax
    }

    mutating func search() throws(PatternMatcher.TooCostly) -> Bool {
        for look in program.looks {
            var places = [Bool](repeating: false, count: text.count + 1)
            try sweep(from: look.entry, backwards: look.isAhead, tiedToStart: false) { place in
                places[place] = true
                return true
            }
            looks.append(places)
        }
        var isFound = false
        try sweep(from: program.entry, backwards: false, tiedToStart: program.isTiedToStart) { _ in
            isFound = true
            return false
        }
        return isFound
    }

    /// Starts the instructions at `entry` anew at every place and tells `accept` each place where a match ends; it
    /// answers whether to go on.
    private mutating func sweep(
        from entry: Int, backwards: Bool, tiedToStart: Bool, accept: (Int) -> Bool
    ) throws(PatternMatcher.TooCostly) {
        var waiting = InstructionSet(capacity: program.instructions.count)
        var next = InstructionSet(capacity: program.instructions.count)
        for step in 0...text.count {
            let place = backwards ? text.count - step : step
            // One step for the place itself, so that a long text is charged for even where nothing waits.
            try charge(1)
            var accepts = next.accepts
            swap(&waiting, &next)
            next.removeAll()
            if !tiedToStart || step == 0 {
                try follow(entry, at: place, into: &waiting)
                accepts = accepts || waiting.accepts
            }
            if accepts, !accept(place) { return }
            guard step < text.count else { return }
            if tiedToStart, waiting.isEmpty { return }
            let scalar = text[backwards ? place - 1 : place]
            let after = backwards ? place - 1 : place + 1
            for index in 0..<waiting.count {
                let instruction = waiting[index]
                guard case .scalar(let set) = program.instructions[instruction] else { continue }
                if program.sets[set].contains(scalar) { try follow(instruction + 1, at: after, into: &next) }
            }
        }
    }

    /// Adds the instructions that wait for a scalar and are reached from `start` without taking one.
    private mutating func follow(
        _ start: Int, at place: Int, into set: inout InstructionSet
    ) throws(PatternMatcher.TooCostly) {
        pending.append(start)
        while let instruction = pending.popLast() {
            guard set.visit(instruction) else { continue }
            try charge(1)
            switch program.instructions[instruction] {
            case .scalar: set.wait(at: instruction)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .jump(let target): pending.append(target)
            case .assertion(let assertion):
                let before = place > 0 ? text[place - 1] : nil
                let after = place < text.count ? text[place] : nil
                if assertion.holds(between: before, and: after) { pending.append(instruction + 1) }
            case .look(let look, let negated):
                if looks[look][place] != negated { pending.append(instruction + 1) }
            case .accept: set.accepts = true
            }
        }
    }

    @inline(__always)
    private mutating func charge(_ steps: Int) throws(PatternMatcher.TooCostly) {
        stepsLeft -= steps
        if stepsLeft < 0 { throw PatternMatcher.TooCostly() }
    }
}

/// Which instructions were reached at one place, and which of them wait for a scalar. Emptied without touching all.
private struct InstructionSet {
    private var stamps: [UInt32]
    private var stamp: UInt32 = 1
    private var waiting: [Int] = []
    var accepts = false

    init(capacity: Int) {
        stamps = [UInt32](repeating: 0, count: capacity)
    }

    var isEmpty: Bool { waiting.isEmpty }
    var count: Int { waiting.count }
    subscript(_ index: Int) -> Int { waiting[index] }

    /// - Returns: whether the instruction is new at this place.
    @inline(__always)
    mutating func visit(_ instruction: Int) -> Bool {
        if stamps[instruction] == stamp { return false }
        stamps[instruction] = stamp
        return true
    }

    mutating func wait(at instruction: Int) { waiting.append(instruction) }

    mutating func removeAll() {
        // It wraps only after four thousand million places, more than any budget of steps pays for.
        stamp &+= 1
        waiting.removeAll(keepingCapacity: true)
        accepts = false
    }
}

/// An ECMA-262 pattern (flags `u`) that finds whether a text holds a match in time proportional to text × pattern:
/// Thompson's simulation (CACM 11, 1968) instead of backtracking, so that no pattern and no text can hang the caller.
/// Left out, with an error at compile time: back-references and look-behind, which have no such bound, and
/// `\p{Script=…}`.
package struct LinearPattern: Sendable {
    package let source: String
    private let programs: [[LinearInstruction]]

    /// - Throws: what is wrong with the pattern, with its offset in Unicode scalars.
    package init(_ source: String) throws(LinearPatternError) {
        self.source = source
        var compiler = LinearPatternCompiler()
        programs = try compiler.compile(source)
    }

    /// How many instructions it became: the price of one character.
    package var size: Int { programs.reduce(0) { $0 + $1.count } }

    /// Whether the pattern matches anywhere in `text`.
    /// - Returns: nil when it would take more than `workMax` steps, which only look-ahead and very long texts can.
    package func matches(_ text: String, workMax: Int = 50_000_000) -> Bool? {
        var run = LinearRun(programs: programs, text: Array(text.unicodeScalars), workLeft: workMax)
        let found = run.search(program: 0, from: 0, anchored: false)
        return run.workLeft < 0 ? nil : found
    }
}

/// Why a pattern cannot be used.
package struct LinearPatternError: Error, Sendable, Hashable {
    /// In Unicode scalars from the start of the pattern.
    package let offset: Int
    package let reason: String
}

/// One step of a pattern's machine.
enum LinearInstruction: Sendable {
    case scalars(CharacterClass)
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    case wordBoundary(negated: Bool)
    /// Another program that must, or must not, match here.
    case lookAhead(program: Int, negated: Bool)
    case match
}

private struct LinearRun {
    let programs: [[LinearInstruction]]
    let text: [Unicode.Scalar]
    var workLeft: Int

    /// Runs all threads in step over the text; one thread per instruction at most.
    mutating func search(program: Int, from start: Int, anchored: Bool) -> Bool {
        let code = programs[program]
        var seen = [Int](repeating: -1, count: code.count)
        var current: [Int] = []
        var next: [Int] = []
        var position = start
        if follow(0, at: position, in: code, into: &current, seen: &seen) { return true }
        while position < text.count, workLeft >= 0, !current.isEmpty || !anchored {
            let scalar = text[position]
            position += 1
            next.removeAll(keepingCapacity: true)
            workLeft -= current.count + 1
            for thread in current {
                guard case .scalars(let set) = code[thread], set.contains(scalar) else { continue }
                if follow(thread + 1, at: position, in: code, into: &next, seen: &seen) { return true }
            }
            if !anchored, follow(0, at: position, in: code, into: &next, seen: &seen) { return true }
            swap(&current, &next)
        }
        return false
    }

    /// Adds the instruction and what it leads to without reading a character.
    /// - Returns: whether that includes the match.
    private mutating func follow(
        _ first: Int, at position: Int, in code: [LinearInstruction], into threads: inout [Int], seen: inout [Int]
    ) -> Bool {
        var pending = [first]
        while let index = pending.popLast() {
            guard seen[index] != position else { continue }
            seen[index] = position
            workLeft -= 1
            switch code[index] {
            case .scalars: threads.append(index)
            case .match: return true
            case .jump(let target): pending.append(target)
            case .split(let one, let other): pending += [other, one]
            case .start: if position == 0 { pending.append(index + 1) }
            case .end: if position == text.count { pending.append(index + 1) }
            case .wordBoundary(let negated):
                if isWordBoundary(position) != negated { pending.append(index + 1) }
            case .lookAhead(let program, let negated):
                guard workLeft >= 0 else { return false }
                if search(program: program, from: position, anchored: true) != negated { pending.append(index + 1) }
            }
        }
        return false
    }

    private func isWordBoundary(_ position: Int) -> Bool {
        let before = position > 0 && CharacterClass.word.contains(text[position - 1])
        let after = position < text.count && CharacterClass.word.contains(text[position])
        return before != after
    }
}

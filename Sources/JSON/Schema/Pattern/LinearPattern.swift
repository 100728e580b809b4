/// A regular expression in the syntax of ECMA-262 (the `u` flag on), for patterns and texts that nobody vouches for.
///
/// Matching walks all alternatives at once (Thompson, CACM 11, 1968), so its time is the product of the lengths of
/// pattern and text, never more: there is no catastrophic pattern. Look-around, ahead and behind, costs one pass more
/// each (Barrière, Pit-Claudel, PLDI 2024). What cannot be matched that way, back references, is refused when the
/// pattern is read.
package struct LinearPattern: Sendable {
    /// The pattern as it was given.
    package let source: String
    private let program: PatternProgram

    /// Reads a pattern. Beyond the standard it takes `(?i)`, `(?s)`, `(?m)` at the front, as Python and Rust do.
    /// - Parameter ignoresCase: simple case folding, as the `i` flag.
    /// - Throws: a fault with its place; back references, scripts in `\p{…}` and programs past 32,768 steps are faults
    ///   too.
    package init(_ source: String, ignoresCase: Bool = false) throws(LinearPatternError) {
        self.source = source
        var parser = PatternParser(source, ignoresCase: ignoresCase)
        let node = try parser.parse()
        program = try PatternProgram(node, sets: parser.sets)
    }

    /// How many instructions it became: the most that one character of a text can cost.
    package var size: Int { program.instructions.count }

    /// Whether the pattern occurs anywhere in `text`; it is tied to the ends only by its own `^` and `$`.
    /// - Returns: nil when it would take more than `workMax` steps, about a quarter of a second; nothing is known then.
    package func matches(_ text: String, workMax: Int = 50_000_000) -> Bool? {
        var stepsLeft = workMax
        return matches(text, stepsLeft: &stepsLeft)
    }

    /// The same on a budget that several matches share.
    package func matches(_ text: String, stepsLeft: inout Int) -> Bool? {
        // A scalar is at most four bytes, and costs one step at least.
        guard text.utf8.count / 4 <= stepsLeft else { return nil }
        var matcher = PatternMatcher(program, text.unicodeScalars.map(\.value), stepsMax: stepsLeft)
        let found = try? matcher.search()
        stepsLeft = max(0, matcher.stepsLeft)
        return found
    }
}

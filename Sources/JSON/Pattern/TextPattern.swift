/// A regular expression in the syntax of ECMA-262 (the `u` flag on), for patterns and texts that nobody vouches for.
///
/// Matching walks all alternatives at once (Thompson, CACM 11, 1968), so its time is the product of the lengths of pattern
/// and text, never more: there is no catastrophic pattern. Look-around costs one pass each (Barrière, Pit-Claudel, PLDI
/// 2024). What cannot be matched that way, back references, is refused when the pattern is read.
package struct TextPattern: Sendable, Hashable {
    /// The pattern as it was given.
    package let source: String
    private let program: PatternProgram

    /// Steps of one match: 40 million take some tenths of a second.
    private static let stepsMax = 40_000_000
    /// Scalars of one text: they are laid out at four bytes each.
    private static let scalarsMax = 4 << 20

    /// Reads a pattern. Beyond the standard it takes `(?i)`, `(?s)`, `(?m)` at the front, as Python and Rust do.
    /// - Parameter ignoresCase: simple case folding, as the `i` flag.
    /// - Throws: a fault with its place; back references, scripts in `\p{…}` and programs past 32,768 steps are faults too.
    package init(_ source: String, ignoresCase: Bool = false) throws(TextPatternError) {
        self.source = source
        var parser = PatternParser(source, ignoresCase: ignoresCase)
        program = try PatternProgram(try parser.parse())
    }

    /// Whether the pattern occurs anywhere in `text`; it is tied to the ends only by its own `^` and `$`.
    /// - Throws: when pattern and text together would take too long; nothing is known then.
    package func matches(_ text: String) throws(TooCostly) -> Bool {
        guard text.utf8.count <= 4 * Self.scalarsMax else { throw TooCostly() }
        let scalars = text.unicodeScalars.map(\.value)
        guard scalars.count <= Self.scalarsMax else { throw TooCostly() }
        var matcher = PatternMatcher(program, scalars, stepsMax: Self.stepsMax)
        return try matcher.search()
    }

    /// A match was given up because of its cost.
    package struct TooCostly: Error, Sendable, Hashable {}

    /// Two patterns are equal when they are written alike and treat case alike.
    package static func == (left: TextPattern, right: TextPattern) -> Bool {
        left.source == right.source && left.program.ignoresCase == right.program.ignoresCase
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(source)
    }
}

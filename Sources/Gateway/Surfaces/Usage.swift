import Domain
import JSON

/// Reads `usage` of an answer, whole or streamed.
struct Usage: Sendable {
    /// The number of its path.
    let object: Int
    private let input: Int
    private let otherInput: Int
    /// What is added to the input with `cached`; -1 for nearly all.
    private let addedInput: Int
    private let addedLong: Int
    private let output: Int
    private let cached: Int
    private let reasoning: Int
    private let isReasoningApart: Bool

    /// Of what no answer comes near, so that sums stay in bounds.
    static let tokensMax: Int64 = 1 << 48

    /// - Parameters:
    ///   - prefix: where `usage` stands.
    ///   - paths: of the plan that it will be read with; its own are added.
    init(_ shape: AnswerShape, within prefix: [StaticString] = [], addingTo paths: inout [[StaticString]]) {
        object = Self.place(prefix + ["usage"], in: &paths)
        input = Self.place(prefix + ["usage", shape.input], in: &paths)
        otherInput = Self.place(shape.otherInput.map { prefix + ["usage", $0] }, in: &paths)
        addedInput = Self.place(shape.addedInput.map { prefix + ["usage", $0] }, in: &paths)
        addedLong = Self.place(shape.addedLong.map { prefix + ["usage"] + $0 }, in: &paths)
        output = Self.place(shape.output.map { prefix + ["usage", $0] }, in: &paths)
        cached = Self.place(shape.cached.map { prefix + ["usage"] + $0 }, in: &paths)
        reasoning = Self.place(shape.reasoning.map { prefix + ["usage"] + $0 }, in: &paths)
        isReasoningApart = shape.isReasoningApart
    }

    private static func place(_ path: [StaticString]?, in paths: inout [[StaticString]]) -> Int {
        guard let path else { return -1 }
        paths.append(path)
        return paths.count - 1
    }

    /// - Returns: nil where the provider told nothing usable; never a guess.
    func tokens(_ scan: PathScan, in bytes: [UInt8]) -> Outcome.Tokens? {
        guard var input = Self.count(scan, input, bytes) ?? Self.count(scan, otherInput, bytes) else { return nil }
        let cached = Self.count(scan, cached, bytes) ?? 0
        let written = Self.count(scan, addedInput, bytes) ?? 0
        if addedInput >= 0 {
            for added in [written, cached] {
                let (sum, overflow) = input.addingReportingOverflow(added)
                guard !overflow else { return nil }
                input = sum
            }
        }
        guard output >= 0 else { return Outcome.Tokens(input: input, output: 0) }
        guard let output = Self.count(scan, output, bytes) else { return nil }
        let reasoning = Self.count(scan, reasoning, bytes) ?? 0
        let (whole, overflow) = output.addingReportingOverflow(isReasoningApart ? reasoning : 0)
        guard !overflow else { return nil }
        var tokens = Outcome.Tokens(
            input: input, output: whole, cached: cached, cacheWritten: written, reasoning: reasoning)
        tokens.cacheWrittenLong = Self.count(scan, addedLong, bytes) ?? 0
        return tokens
    }

    private static func count(_ scan: PathScan, _ path: Int, _ bytes: [UInt8]) -> Int64? {
        guard path >= 0, let value = scan[path]?.integer(in: bytes), value >= 0, value < tokensMax else { return nil }
        return value
    }
}

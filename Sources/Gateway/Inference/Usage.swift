import Domain
import JSON

/// Reads `usage` of an answer, whole or streamed.
enum Usage {
    /// Where it stands; the order is that in which `tokens` looks for it.
    static let paths: [[StaticString]] = [
        ["usage"], ["usage", "prompt_tokens"], ["usage", "completion_tokens"],
        ["usage", "prompt_tokens_details", "cached_tokens"],
    ]

    /// - Parameter first: the number of the first of `paths` in the plan.
    /// - Returns: nil where the provider told nothing usable; never a guess.
    static func tokens(_ scan: PathScan, from first: Int, in bytes: [UInt8]) -> Outcome.Tokens? {
        guard let input = count(scan[first + 1], bytes), let output = count(scan[first + 2], bytes) else { return nil }
        return Outcome.Tokens(input: input, output: output, cached: count(scan[first + 3], bytes) ?? 0)
    }

    private static func count(_ field: FieldScan.Field?, _ bytes: [UInt8]) -> Int64? {
        guard let value = field?.integer(in: bytes), value >= 0 else { return nil }
        return value
    }
}

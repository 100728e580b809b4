import Domain
import JSON

/// Reads `usage` of an answer.
enum Usage {
    private static let wanted: [StaticString] = ["prompt_tokens", "completion_tokens", "prompt_tokens_details"]
    private static let wantedDetails: [StaticString] = ["cached_tokens"]

    /// - Returns: nil where the provider told nothing usable; never a guess.
    static func tokens(_ field: FieldScan.Field?, in bytes: [UInt8]) -> Outcome.Tokens? {
        guard let field, field.kind == .object,
            let scan = try? FieldScan(bytes, within: field.value, wanted: wanted)
        else { return nil }
        guard let input = count(scan, 0, bytes), let output = count(scan, 1, bytes) else { return nil }
        var tokens = Outcome.Tokens(input: input, output: output)
        if let details = scan[2], details.kind == .object,
            let inner = try? FieldScan(bytes, within: details.value, wanted: wantedDetails)
        {
            tokens.cached = count(inner, 0, bytes) ?? 0
        }
        return tokens
    }

    private static func count(_ scan: FieldScan, _ index: Int, _ bytes: [UInt8]) -> Int64? {
        guard let field = scan[index], let value = scan.integer(field, in: bytes), value >= 0 else { return nil }
        return value
    }
}

import Domain

/// How many tokens a text has, where nobody has counted them.
enum TokenEstimate {
    /// What vendors give as the rule for English (help.openai.com, "What are tokens and how to count them?"). Other
    /// scripts have fewer bytes to a token, JSON and code as well.
    private static let bytesPerToken: Int64 = 4

    static func tokens(ofBytes count: Int) -> Int64 {
        (Int64(count) + bytesPerToken - 1) / bytesPerToken
    }

    /// - Parameters:
    ///   - sent: bytes of the whole request, whose JSON weighs about what the vendor's own framing of messages does.
    ///   - said: bytes of what the answer says.
    static func of(sent: Int, said: Int) -> Outcome.Tokens {
        Outcome.Tokens(input: tokens(ofBytes: sent), output: tokens(ofBytes: said))
    }
}

/// How the keys of a vendor begin, and what makes the rest of one.
struct SecretShape: Sendable {
    let prefix: StaticString
    /// Bytes behind the prefix, at least. Below it is a word, such as `sk-learn`.
    let lengthMin: Int
    /// For keys of one length in capitals and digits.
    var isExact = false

    /// By their first byte.
    static func beginning(with byte: UInt8) -> [SecretShape] {
        switch byte {
        case UInt8(ascii: "s"): ofS
        case UInt8(ascii: "g"): ofG
        case UInt8(ascii: "x"): ofX
        case UInt8(ascii: "A"): ofA
        case UInt8(ascii: "h"): ofH
        case UInt8(ascii: "n"): ofN
        case UInt8(ascii: "r"): ofR
        case UInt8(ascii: "p"): ofP
        case UInt8(ascii: "f"): ofF
        case UInt8(ascii: "t"): ofT
        default: []
        }
    }

    // OpenAI and those who took its form, Stripe, this product.
    private static let ofS = [
        SecretShape(prefix: "sk-", lengthMin: 16), SecretShape(prefix: "sk_live_", lengthMin: 10),
        SecretShape(prefix: "sk_test_", lengthMin: 10), SecretShape(prefix: "sbx_", lengthMin: 16),
    ]
    private static let ofR = [
        SecretShape(prefix: "rk_live_", lengthMin: 10), SecretShape(prefix: "rk_test_", lengthMin: 10),
    ]
    // Perplexity, Fireworks, Together.
    private static let ofP = [SecretShape(prefix: "pplx-", lengthMin: 20)]
    private static let ofF = [SecretShape(prefix: "fw_", lengthMin: 20)]
    private static let ofT = [SecretShape(prefix: "tgp_v1_", lengthMin: 16)]
    // GitHub, GitLab, Groq.
    private static let ofG = [
        SecretShape(prefix: "ghp_", lengthMin: 16), SecretShape(prefix: "gho_", lengthMin: 16),
        SecretShape(prefix: "ghu_", lengthMin: 16), SecretShape(prefix: "ghs_", lengthMin: 16),
        SecretShape(prefix: "ghr_", lengthMin: 16), SecretShape(prefix: "github_pat_", lengthMin: 16),
        SecretShape(prefix: "glpat-", lengthMin: 16), SecretShape(prefix: "gsk_", lengthMin: 20),
    ]
    // Slack, xAI.
    private static let ofX = [
        SecretShape(prefix: "xoxa-", lengthMin: 8), SecretShape(prefix: "xoxb-", lengthMin: 8),
        SecretShape(prefix: "xoxc-", lengthMin: 8), SecretShape(prefix: "xoxd-", lengthMin: 8),
        SecretShape(prefix: "xoxe-", lengthMin: 8), SecretShape(prefix: "xoxo-", lengthMin: 8),
        SecretShape(prefix: "xoxp-", lengthMin: 8), SecretShape(prefix: "xoxr-", lengthMin: 8),
        SecretShape(prefix: "xoxs-", lengthMin: 8), SecretShape(prefix: "xapp-", lengthMin: 8),
        SecretShape(prefix: "xai-", lengthMin: 20),
    ]
    // AWS, Google.
    private static let ofA = [
        SecretShape(prefix: "AKIA", lengthMin: 16, isExact: true),
        SecretShape(prefix: "ASIA", lengthMin: 16, isExact: true), SecretShape(prefix: "AIza", lengthMin: 30),
    ]
    // Hugging Face, npm.
    private static let ofH = [SecretShape(prefix: "hf_", lengthMin: 20)]
    private static let ofN = [SecretShape(prefix: "npm_", lengthMin: 20)]
}

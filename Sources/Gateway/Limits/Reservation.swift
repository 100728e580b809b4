import Domain
import JSON

/// How much one request may take, before anybody knows.
struct Reservation {
    /// For limits of tokens.
    let tokens: UInt64
    /// For budgets, in micro-USD; nil where no price is known.
    let ceiling: Int64?

    static let none = Reservation(tokens: 0, ceiling: 0)

    private init(tokens: UInt64, ceiling: Int64?) {
        self.tokens = tokens
        self.ceiling = ceiling
    }

    /// - Parameters:
    ///   - bytes: of the body as it goes to the provider.
    ///   - overrides: the variant's parameters, which win over the caller's own.
    ///   - assumed: output tokens where neither the caller nor the price table gives a bound.
    init(
        _ chat: CallerRequest, overrides: [(key: String, value: [UInt8])] = [], bytes: Int, price: Price?,
        assumed: Int64
    ) {
        // Counting costs nothing (docs/en/build-with-claude/token-counting).
        guard chat.surface !== Surface.countTokens else {
            tokens = 0
            ceiling = 0
            return
        }
        let writes = chat.surface.answer.output != nil
        let asked = writes ? Self.asked(chat, overrides) : 0
        let choices = writes ? Self.choices(chat, overrides) : 1
        let output = Self.times(asked ?? assumed, choices)
        let (sum, overflow) = TokenEstimate.tokens(ofBytes: bytes).addingReportingOverflow(output)
        tokens = overflow ? .max : UInt64(sum)
        // A token of text is a byte at least, so no text has more tokens than bytes. What is sent by reference (images,
        // files) is not in the body and so not in this.
        let most = asked ?? (writes ? price?.outputTokensMax ?? assumed : 0)
        ceiling = price?.ceiling(input: Int64(bytes), output: Self.times(most, choices))
    }

    /// nil when the caller sets no bound.
    private static func asked(_ chat: CallerRequest, _ overrides: [(key: String, value: [UInt8])]) -> Int64? {
        var bound: Int64?
        for name in ["max_completion_tokens", "max_tokens", "max_output_tokens"] {
            guard let value = count(name, chat, overrides), value > 0 else { continue }
            // Of two, which one counts is the provider's to say.
            bound = max(bound ?? 0, value)
        }
        return bound
    }

    private static func choices(_ chat: CallerRequest, _ overrides: [(key: String, value: [UInt8])]) -> Int64 {
        var most: Int64 = 1
        for name in ["n", "best_of"] {
            most = max(most, count(name, chat, overrides) ?? 1)
        }
        return most
    }

    /// The override's number, else the caller's; the next whole one above where it is none (`1e5`, `99.5`).
    private static func count(
        _ name: String, _ chat: CallerRequest, _ overrides: [(key: String, value: [UInt8])]
    ) -> Int64? {
        let text: [UInt8]
        if let own = overrides.first(where: { $0.key == name }) {
            text = own.value
        } else if let field = chat.parameter(name), field.kind == .number {
            text = Array(chat.bytes[field.value])
        } else {
            return nil
        }
        guard let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else { return nil }
        return Int64(min(number.rounded(.up), Double(countMax)))
    }

    /// Tokens: no model reads or writes so many, and no price makes an overflow of them.
    private static let countMax: Int64 = 1_000_000_000

    private static func times(_ count: Int64, _ factor: Int64) -> Int64 {
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? countMax : min(product, countMax)
    }
}

import Domain
import JSON

/// How much one request may take, before anybody knows.
struct Reservation: Sendable {
    /// For limits of tokens.
    let tokens: UInt64
    /// For budgets, in micro-USD; nil where no price is known.
    let ceiling: Int64?

    static let none = Reservation(tokens: 0, ceiling: 0)

    private init(tokens: UInt64, ceiling: Int64?) {
        self.tokens = tokens
        self.ceiling = ceiling
    }

    /// - Parameter bytes: of the body as it goes to the provider.
    init(_ chat: CallerRequest, _ plan: VariantPlan, bytes: Int, _ settings: GatewaySettings) {
        self.init(
            chat, overrides: (try? plan.route(for: chat.surface))?.parameters ?? [], bytes: bytes, price: plan.price,
            settings)
    }

    /// - Parameters:
    ///   - bytes: of the body as it goes to the provider.
    ///   - overrides: the variant's parameters, which win over the caller's own.
    init(
        _ chat: CallerRequest, overrides: [(key: String, value: [UInt8])] = [], bytes: Int, price: Price?,
        _ settings: GatewaySettings
    ) {
        // Counting costs nothing (docs/en/build-with-claude/token-counting).
        guard chat.surface !== Surface.countTokens else {
            tokens = 0
            ceiling = 0
            return
        }
        let assumed = Int64(settings.outputTokensAssumed)
        let writes = chat.surface.answer.output != nil
        let asked = writes ? Self.asked(chat, overrides) : 0
        let choices = writes ? Self.times(Self.choices(chat, overrides), Self.prompts(chat)) : 1
        let unseen = Self.unseen(chat, settings)
        let input = (chat.upload == nil ? TokenEstimate.tokens(ofBytes: bytes) : 0) + unseen
        let (sum, overflow) = input.addingReportingOverflow(Self.times(asked ?? assumed, choices))
        tokens = overflow ? .max : UInt64(sum)
        // A token of text is a byte at least, so no text has more tokens than bytes. Of what is sent by reference
        // (images, files) nothing is in the body, and so nothing in this.
        let most = asked ?? (writes ? price?.outputTokensMax ?? assumed : 0)
        ceiling = price?.ceiling(
            input: (chat.upload == nil ? Int64(bytes) : 0) + unseen, output: Self.times(most, choices))
    }

    /// Input that is not in the body as text, by what the settings assume of it.
    private static func unseen(_ chat: CallerRequest, _ settings: GatewaySettings) -> Int64 {
        if let upload = chat.upload {
            // Who does not say how long it will be may send as much as there may be.
            let bytes = Int64(upload.length ?? settings.uploadBytesMax)
            let each = Int64(max(1, settings.uploadBytesPerToken))
            return (bytes + each - 1) / each
        }
        guard chat.surface.keepsState, ResponseState.namesKept(chat) else { return 0 }
        return Int64(settings.keptTokensAssumed)
    }

    /// Together with what tries before have used.
    func beside(_ former: InferenceBill) -> Reservation {
        guard former != .none else { return self }
        let (tokens, overflow) = tokens.addingReportingOverflow(UInt64(max(0, former.tokens)))
        let money = ceiling.map { $0.addingReportingOverflow(former.chargeMicroUSD) }
        return Reservation(
            tokens: overflow ? .max : tokens, ceiling: money.map { $0.overflow ? .max : $0.partialValue })
    }

    private typealias Overrides = [(key: String, value: [UInt8])]

    /// nil when nobody sets a bound. Of two, which one counts is the provider's to say.
    private static func asked(_ chat: CallerRequest, _ overrides: Overrides) -> Int64? {
        counts(Surface.outputBoundNames, chat.surface.outputBounds, chat, overrides)
    }

    private static func choices(_ chat: CallerRequest, _ overrides: Overrides) -> Int64 {
        counts(Surface.choiceCountNames, chat.surface.choiceCounts, chat, overrides) ?? 1
    }

    /// Each of several prompts is answered by itself (platform.openai.com/docs/api-reference/completions): texts, or
    /// lists of tokens. A list of numbers is one.
    private static func prompts(_ chat: CallerRequest) -> Int64 {
        guard chat.surface === Surface.completions, let list = chat.scan[Surface.promptPlace], list.kind == .array,
            let first = try? FieldScan.firstElement(of: list, in: chat.bytes), first.kind != .number,
            let count = try? FieldScan.elementCount(of: list, in: chat.bytes)
        else { return 1 }
        return Int64(count)
    }

    /// The greatest of the numbers: of the variant's own, and of the caller's that these do not replace.
    private static func counts(
        _ names: @autoclosure () -> [String], _ places: [Int], _ chat: CallerRequest, _ overrides: Overrides
    ) -> Int64? {
        var most: Int64?
        func see(_ count: Int64?) {
            if let count, count > 0 { most = max(most ?? 0, count) }
        }
        if !overrides.isEmpty {
            for (key, value) in overrides where names().contains(key) { see(number(value[...])) }
        }
        for place in places {
            guard let field = chat.scan[place], field.kind == .number else { continue }
            if !overrides.isEmpty {
                let name = chat.surface.wanted[place].description
                if overrides.contains(where: { $0.key == name }) { continue }
            }
            see(number(chat.bytes[field.value]))
        }
        return most
    }

    /// The next whole one above where it is none (`1e5`, `99.5`), and 0 for one that is negative.
    private static func number(_ text: ArraySlice<UInt8>) -> Int64? {
        // As nearly all are written.
        if text.count <= 9, text.allSatisfy({ $0 &- 0x30 < 10 }) {
            return text.reduce(0) { $0 * 10 + Int64($1 &- 0x30) }
        }
        guard let number = Double(String(decoding: text, as: UTF8.self)), number.isFinite else { return nil }
        return Int64(max(0, min(number.rounded(.up), Double(countMax))))
    }

    /// Tokens: no model reads or writes so many, and no price makes an overflow of them.
    private static let countMax: Int64 = 1_000_000_000

    private static func times(_ count: Int64, _ factor: Int64) -> Int64 {
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? countMax : min(product, countMax)
    }
}

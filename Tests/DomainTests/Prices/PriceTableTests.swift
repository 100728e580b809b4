import Domain
import Testing

@Suite struct PriceTableTests {
    private static func price(_ input: Int64) -> Price { Price(TokenRates(input: input, output: 0)) }

    private static func entry(
        _ model: String, _ input: Int64, prefix: String? = nil, from: Int64? = nil, kind: String = "openai"
    ) -> PriceTable.Entry {
        .init(kind: kind, model: model, prefix: prefix, dated: .init(from: from, price: price(input)))
    }

    @Test(
        arguments: [
            ("gpt-4o", 1), ("gpt-4o-2024-08-06", 1), ("gpt-4o-2024-05-13", 2), ("gpt-4o-mini", 3),
            ("gpt-4o-mini-2024-07-18", 3), ("gpt-4o-2024-special", 4), ("gpt-4o-audio", nil), ("gpt-4", nil), ("", nil),
        ] as [(String, Int64?)])
    func theExactIdComesFirstAndThenTheLongestPrefix(model: String, input: Int64?) {
        let table = PriceTable([
            Self.entry("gpt-4o", 1, prefix: "gpt-4o-20"), Self.entry("gpt-4o-2024-05-13", 2),
            Self.entry("gpt-4o-mini", 3, prefix: "gpt-4o-mini-20"),
            Self.entry("gpt-4o-special", 4, prefix: "gpt-4o-2024-s"),
            Self.entry("gpt-4", 9, kind: "other"),
        ])
        let found = table.schedule(kind: "openai", model: model)?.price(at: Timestamp(milliseconds: 0)).price
        #expect(found?.rates.input == input)
        #expect(table.schedule(kind: "nobody", model: model) == nil)
    }

    @Test func aPriceHoldsFromItsMomentToTheNext() {
        let table = PriceTable([
            Self.entry("m", 3, from: 300), Self.entry("m", 1, from: 100), Self.entry("m", 2, from: 200),
        ])
        let schedule = table.schedule(kind: "openai", model: "m")
        for (moment, input, until) in [
            (0, nil, 100), (99, nil, 100), (100, 1, 200), (199, 1, 200), (200, 2, 300),
            (300, 3, .max), (Int64.max - 1, 3, .max),
        ] as [(Int64, Int64?, Int64)] {
            let found = schedule?.price(at: Timestamp(milliseconds: moment))
            #expect(found?.price?.rates.input == input)
            #expect(found?.until == until)
        }
    }
}

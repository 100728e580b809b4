import Domain
import FoundationEssentials
import Gateway
import Support
import Testing

@testable import signalbox

@Suite struct PriceTableTests {
    private func load(_ text: String) throws -> PriceTable {
        let directory = try TemporaryDirectory("prices")
        let path = directory.file("prices.yaml")
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return try PriceTableLoader(place: path, kinds: ["openai", "xai"]).load()
    }

    /// The lines of the complaint, the file's name left out.
    private func complaint(_ text: String) -> [String] {
        do {
            _ = try load(text)
            return []
        } catch let failure as StartFailure {
            #expect(failure.exitCode == 2)
            return failure.reason.split(separator: "\n").map { line in
                String(line.split(separator: "prices.yaml:").last ?? line)
            }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func theTableThatIsBuiltInLoadsAndHasWhatItSays() throws {
        let table = try PriceTableLoader(
            place: PriceTableLoader.builtIn, kinds: Gateway.providerKinds.names
        ).load()
        #expect(table.count >= 45)
        let now = Timestamp(milliseconds: 1_795_000_000_000)
        func price(_ kind: String, _ model: String) -> Price? {
            table.schedule(kind: kind, model: model)?.price(at: now).price
        }
        // 0.15, 0.075 and 0.60 USD.
        #expect(
            price("openai", "gpt-4o-mini-2024-07-18")?.rates
                == TokenRates(input: 150_000, cachedInput: 75_000, output: 600_000))
        #expect(price("openai", "gpt-4o-2024-05-13")?.rates.input == 5_000_000)
        #expect(price("openai", "gpt-6.1-sol")?.cost(.init(input: 300_000, output: 0)) == 1_200_000)
        #expect(price("openai", "gpt-5.5")?.cost(.init(input: 300_000, output: 0)) == nil)
        #expect(price("openai", "gpt-unheard-of") == nil)
        let written = Outcome.Tokens(input: 1_000, output: 100, cached: 200, cacheWritten: 300)
        #expect(price("anthropic", "claude-haiku-4-5-20251001")?.cost(written) == 1_395)
        #expect(price("anthropic", "claude-opus-5-5")?.rates.cacheWriteLong == 8_000_000)
        #expect(price("gemini", "gemini-3.8-flash")?.rates.output == 3_750_000)
        #expect(price("openai-compatible", "gpt-4o") == nil)
        let sol = try #require(table.schedule(kind: "openai", model: "gpt-5.6-sol"))
        #expect(sol.price(at: Timestamp(milliseconds: 1_787_270_399_999)).price?.rates.input == 5_000_000)
        #expect(sol.price(at: Timestamp(milliseconds: 1_787_270_400_000)).price?.rates.input == 4_000_000)
    }

    @Test func aModelHasItsPrefixInThePricesOfEveryDay() throws {
        let table = try load(
            """
            openai:
              models:
                - {model: m, prefix: m-20, input: 1, output: 1}
                - {model: m, prefix: m-20, from: 2026-01-02, input: 2, output: 2}
            """)
        let schedule = try #require(table.schedule(kind: "openai", model: "m-2026"))
        #expect(schedule.price(at: Timestamp(milliseconds: 0)).price?.rates.input == 1)
        #expect(schedule.price(at: Timestamp(milliseconds: 1_800_000_000_000)).price?.rates.input == 2)
    }

    @Test func aFileOfOnesOwnIsReadWhole() throws {
        let table = try load(
            """
            openai:
              source: https://example.com
              read: 2026-11-21
              models:
                - {model: m, prefix: m-20, from: 2026-01-02, input: 1, cached_input: 2, cache_write: 3,
                   cache_write_1h: 10, output: 4, reasoning: 5, output_max: 6,
                   long_input: {above: 7, input: 8, output: 9}}
            xai:
              models: []
            """)
        let schedule = try #require(table.schedule(kind: "openai", model: "m-2026"))
        #expect(schedule.price(at: Timestamp(milliseconds: 1_767_311_999_999)).price == nil)
        #expect(
            schedule.price(at: Timestamp(milliseconds: 1_767_312_000_000)).price
                == Price(
                    TokenRates(input: 1, cachedInput: 2, cacheWrite: 3, cacheWriteLong: 10, output: 4, reasoning: 5),
                    longInput: .init(above: 7, rates: TokenRates(input: 8, output: 9)), outputTokensMax: 6))
    }

    @Test(arguments: ["", "# nothing\n", "openai:\n  models: []\n"])
    func aTableWithoutAModelIsRefused(_ text: String) {
        #expect(complaint(text).count == 1)
        #expect(complaint(text).first?.hasSuffix("expected prices of one model at least") == true)
    }

    @Test(arguments: [
        ("opnai:\n  models: []\n", ["1: opnai is not a kind of provider; did you mean openai?"]),
        ("- openai\n", ["1: expected kinds of providers such as openai:"]),
        ("openai: 5\n", ["1: expected members below openai, such as source:"]),
        ("openai:\n  source: x\n", ["2: expected models: and a list below openai:"]),
        ("openai:\n  modles: []\n  models: []\n", ["2: modles is not known below openai; did you mean models?"]),
        ("openai:\n  read: today\n  models: []\n", ["2: read: expected a day such as 2026-11-21"]),
        (
            "openai:\n  models:\n    - {model: m, input: 1.5, output: 1}\n",
            ["3: input: expected a whole number from 0 to 1000000000000"]
        ),
        (
            "openai:\n  models:\n    - {model: m, input: -1, output: 99999999999999999999}\n",
            [
                "3: input: expected a whole number from 0 to 1000000000000",
                "3: output: expected a whole number from 0 to 1000000000000",
            ]
        ),
        ("openai:\n  models:\n    - {model: m, input: 1}\n", ["3: expected output:"]),
        ("openai:\n  models:\n    - {input: 1, output: 1}\n", ["3: expected model: and the provider's own id"]),
        (
            "openai:\n  models:\n    - model: m\n      from: 2026-02-30\n      input: 1\n      output: 1\n",
            ["4: from: expected a day such as 2026-11-21"]
        ),
        (
            "openai:\n  models:\n    - {model: m, input: 1, output: 1}\n    - {model: m, input: 2, output: 2}\n",
            ["4: m has a price from that day on already"]
        ),
        (
            "openai:\n  models:\n    - {model: m, prefix: a, input: 1, output: 1}\n"
                + "    - {model: n, prefix: a, input: 2, output: 2}\n",
            ["4: prefix: a is m's already"]
        ),
        (
            "openai:\n  models:\n    - {model: m, input: 1, output: 1, long_input: {input: 1, output: 1}}\n",
            ["3: long_input: expected above:"]
        ),
        (
            "openai:\n  models:\n    - {model: m, input: 1, output: 1, "
                + "long_input: {above: 1, unknown: true, input: 1}}\n",
            ["3: long_input: expected prices, or unknown: true alone"]
        ),
        (
            "openai:\n  models:\n    - {model: m, inputs: 1, output: 1, input: 1}\n",
            [
                "3: inputs is not known below models; did you mean input?"
            ]
        ),
    ])
    func whatIsWrongIsToldWithItsLine(_ text: String, _ told: [String]) {
        #expect(complaint(text) == told)
    }

    @Test(arguments: ["openai: [\n", "openai:\n\t- x\n", "\u{1}"])
    func whatIsNoYAMLIsToldAsThat(_ text: String) {
        #expect(complaint(text).first?.contains("not valid YAML") == true)
    }

    @Test func aFileThatIsNotThereEndsTheStart() {
        let missing = PriceTableLoader(place: "/nonexistent/prices.yaml", kinds: [])
        #expect(throws: StartFailure.self) { try missing.load() }
    }
}

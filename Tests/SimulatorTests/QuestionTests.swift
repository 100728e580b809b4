import JSON
import Simulator
import Testing

@Suite struct QuestionTests {
    @Test func questionsAreTheSameForASeedAndNeverTwice() {
        let questions = QuestionSet(seed: 7, count: 2_000)
        let again = QuestionSet(seed: 7, count: 300)
        #expect(questions.items.count == 2_000)
        #expect(Set(questions.items.map(\.question)).count == 2_000)
        #expect(zip(questions.items, again.items).allSatisfy { $0 == $1 })
        #expect(QuestionSet(seed: 8, count: 300).items.map(\.question) != again.items.map(\.question))
        #expect(QuestionSet(seed: 7, count: -1).items.isEmpty)
    }

    @Test func perfectModelAnswersEveryQuestionInWhateverWordsItStands() async throws {
        try await withProvider { provider throws in
            for item in QuestionSet(seed: 3, count: 60).items {
                #expect(try provider.ask(item.question).content == item.answer)
            }
            let wrapped = "What is this? Tell me: What is 6 times 7? Answer briefly."
            #expect(try provider.ask(wrapped).content == "42")
            let parts: JSONValue = [["role": "user", "content": [["type": "text", "text": "What is 40 minus 45?"]]]]
            #expect(try provider.ask(fields: ["messages": parts]).content == "-5")
            #expect(try provider.ask("What is the capital of Atlantis?").content?.contains(" ") == true)
        }
    }

    @Test func accuracyIsMetByModelAndHigherAccuracyKeepsWhatWasRight() async throws {
        let questions = QuestionSet(seed: 11, count: 400).items
        var settings = SimulatorSettings()
        settings.accuracy = 0.9
        settings.accuracyByModel = ["sim-small": 0.6, "hopeless": 0]
        try await withProvider(settings) { provider throws in
            func right(_ model: String) throws -> Set<String> {
                Set(
                    try questions.filter { try provider.ask($0.question, model: model).content == $0.answer }.map(
                        \.question))
            }
            let large = try right("sim-large")
            // Three standard deviations of 400 draws.
            #expect((342...378).contains(large.count))
            #expect((211...269).contains(try right("sim-small").count))
            #expect(try right("hopeless").isEmpty)
            #expect(try right("sim-large") == large)
            settings.accuracy = 0.97
            try provider.provider.update(settings)
            #expect(try right("sim-large").isSuperset(of: large))
        }
    }

    @Test func wrongAnswersArePlausible() async throws {
        var settings = SimulatorSettings()
        settings.accuracy = 0
        try await withProvider(settings) { provider throws in
            let sum = try #require(Int(try provider.ask("What is 100 plus 23?").content ?? ""))
            #expect(sum != 123 && abs(sum - 123) < 10)
            let city = try provider.ask("What is the capital of France?").content
            #expect(city != "Paris")
            #expect(QuestionSet(seed: 1, count: 300).items.contains { $0.answer == city })
        }
    }
}

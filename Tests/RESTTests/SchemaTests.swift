import Domain
import JSON
import REST
import Testing

@Suite struct SchemaTests {
    private static let schema = Schema.checked(
        .object([
            .required("name", .name), .optional("count", .integer(1...10)), .optional("share", .number(0...1)),
            .optional("tags", .tags), .optional("list", .array(.boolean, min: 1, max: 2)),
            .optional(
                "shape",
                .tagged(by: "kind", [("a", .object([.required("kind", .string()), .required("x", .boolean)]))])),
            .optional("maybe", .nullable(.string(min: 2, max: 3))),
        ]), { value in value["name"] == "taken" ? [Violation("/name", "is taken")] : [] })

    @Test(arguments: [
        (#"{"name":"a"}"#, []), (#"{"name":"taken","count":0}"#, ["/count", "/name"]), ("[]", [""]),
        (#"{"nam":"a"}"#, ["/nam", "/name"]), (#"{"name":"A"}"#, ["/name"]), (#"{"name":1}"#, ["/name"]),
        (#"{"name":"a","count":2.0}"#, []), (#"{"name":"a","count":2.5}"#, ["/count"]),
        (#"{"name":"a","share":1e400}"#, ["/share"]), (#"{"name":"a","tags":{"a/b~":1}}"#, ["/tags/a~1b~0"]),
        (#"{"name":"a","list":[]}"#, ["/list"]), (#"{"name":"a","list":[true,1]}"#, ["/list/1"]),
        (#"{"name":"a","shape":{"kind":"b"}}"#, ["/shape/kind"]), (#"{"name":"a","shape":{"kind":"a"}}"#, ["/shape/x"]),
        (#"{"name":"a","maybe":null}"#, []), (#"{"name":"a","maybe":"long"}"#, ["/maybe"]),
        (#"{"name":"a","count":null}"#, ["/count"]),
    ])
    func everyViolationHasItsPointer(_ text: String, _ pointers: [String]) throws {
        guard let value = try? JSONValue(parsing: text) else { return }
        #expect(Self.schema.violations(in: value).map(\.pointer) == pointers)
    }

    @Test func anUnknownFieldNamesTheNearestKnownOne() {
        let errors = Self.schema.violations(in: ["name": "a", "cuont": 1, "zzzzzzzz": 1])
        #expect(errors.map(\.detail) == ["is not a known field; did you mean count?", "is not a known field"])
    }

    @Test func aHostileBodyCannotMakeTheAnswerLarge() {
        let object = JSONObject((0..<10_000).map { (key: "k\($0)", value: JSONValue.null) })
        #expect(Self.schema.violations(in: .object(object)).count < 20_000)
        let list = Schema.array(.boolean, max: 100_000)
        #expect(list.violations(in: .array(.init(repeating: 1, count: 50_000))).count == 100)
    }
}

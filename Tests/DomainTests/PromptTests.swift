import Domain
import JSON
import Testing

@Suite struct PromptTests {
    @Test(arguments: [
        ("Hi {{name}}", ["name"]), ("{{a}} {{ b }} {{{c}}} {{&d}} {{a}}", ["a", "b", "c", "d"]),
        ("{{user.city}}", ["user.city"]), ("{{#items}}{{name}}{{/items}}", []), ("{{! note }}{{=<% %>=}}<%x%>", ["x"]),
        ("no tags", []), ("{{^none}}{{inner}}{{/none}}", []),
    ])
    func variablesAreFoundInTheOrderOfFirstUse(_ text: String, _ expected: [String]) throws {
        #expect(try PromptTemplate(text).variables == expected)
    }

    @Test(arguments: ["{{>p}}", "{{<p}}{{/p}}", "{{$b}}{{/b}}", "{{% CONTENT_TYPE:HTML}}", "{{#open}}", "{{/close}}"])
    func whatCouldChangeFromOutsideOrDoesNotParseIsRefused(_ text: String) {
        #expect(throws: PromptTemplate.Invalid.self) { try PromptTemplate(text) }
    }

    @Test func allMissingVariablesAreNamedAtOnceAndNullIsNotMissing() throws {
        let template = try PromptTemplate("{{a}}{{b.c}}{{d}}{{#e}}x{{/e}}")
        var missing = [String]()
        _ = template.render(["b": [:], "d": nil], missing: &missing)
        #expect(Set(missing) == ["a", "b.c"])
    }

    @Test func valuesAreNeitherEscapedNorRead() throws {
        var missing = [String]()
        let rendered = try PromptTemplate("{{x}}|{{y}}").render(
            ["x": "<&\"'>{{y}}", "y": ["k": [1, true]]], missing: &missing)
        #expect(rendered == "<&\"'>{{y}}|{\"k\":[1,true]}")
        #expect(missing == [])
    }

    @Test func theCallersMessagesGoWhereThePlaceholderIs() throws {
        let prompt = try CompiledPrompt(document: [
            "type": "chat",
            "messages": [
                ["role": "system", "content": "Be {{tone}}"], ["role": "placeholder", "name": "messages"],
                [
                    "role": "user",
                    "content": [["type": "text", "text": "{{tone}}!"], ["type": "image_url", "image_url": "u"]],
                ],
            ],
        ])
        #expect(prompt.variables == ["tone"])
        let messages = try prompt.messages(["tone": "kind"])
        #expect(String(decoding: messages.before, as: UTF8.self) == #"{"role":"system","content":"Be kind"}"#)
        #expect(
            try JSONValue(parsing: messages.after) == [
                "role": "user",
                "content": [["type": "text", "text": "kind!"], ["type": "image_url", "image_url": "u"]],
            ])
        let error = #expect(throws: CompiledPrompt.MissingVariables.self) { try prompt.messages([:]) }
        #expect(error?.names == ["tone"])
    }
}

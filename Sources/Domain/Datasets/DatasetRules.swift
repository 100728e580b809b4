package import JSON

/// What must hold for the examples of a dataset beyond their shape.
package enum DatasetRules {
    package static let messagesMax = 256

    /// - Parameter body: `{"items":[{"input",…}]}`; parts of the wrong shape are left to the schema.
    package static func violations(in body: JSONValue) -> [Violation] {
        var violations = [Violation]()
        for (index, item) in (body["items"]?.arrayValue ?? []).enumerated() {
            guard let input = item["input"]?.objectValue else { continue }
            check(input, at: "/items/\(index)/input", into: &violations)
        }
        return violations
    }

    private static func check(_ input: JSONObject, at pointer: String, into violations: inout [Violation]) {
        switch (input["messages"], input["variables"]) {
        case (nil, nil):
            violations.append(Violation(pointer, "must have messages or variables"))
        case (.some, .some):
            violations.append(Violation(pointer, "must have either messages or variables, not both"))
        case (.some(let messages), nil):
            for (index, message) in (messages.arrayValue ?? []).enumerated() {
                guard let fault = PromptRules.callerMessageFault(message) else { continue }
                violations.append(Violation("\(pointer)/messages/\(index)\(fault.pointer)", fault.detail))
            }
        case (nil, .some): break
        }
    }
}

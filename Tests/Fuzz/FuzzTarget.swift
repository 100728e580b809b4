/// A reader of hostile bytes, and what must hold of it for every input. The same check runs under libFuzzer, which
/// looks for an input that breaks it, and in a plain test over the inputs that were once found.
struct FuzzTarget: Sendable {
    /// Names the program, and the folder of its regression inputs.
    let name: String
    /// What does not hold for this input; nil when everything does.
    let violation: @Sendable (_ input: [UInt8]) -> String?

    static let all = [
        FuzzTarget(name: "RequestParser", violation: RequestParserFuzz.violation),
        FuzzTarget(name: "ResponseParser", violation: ResponseParserFuzz.violation),
        FuzzTarget(name: "EventStream", violation: EventStreamFuzz.violation),
        FuzzTarget(name: "RequestTarget", violation: RequestTargetFuzz.violation),
        FuzzTarget(name: "JSON", violation: JSONFuzz.violation),
        FuzzTarget(name: "FormParser", violation: FormParserFuzz.violation),
    ]
}

import REST

/// The body of a feedback.
enum FeedbackSchema {
    static let sources = ["human", "code", "judge"]

    static let creation = Schema.object([
        .required("outcome_id", .string(min: 1, max: 64), "from the header x-signalbox-outcome"),
        .required("name", .name, "what is scored: helpful, correct, tone …"),
        .required("value", .oneOf([.number(0...1), .boolean], description: "a number from 0 to 1, or true or false")),
        .required("source", .enumeration(sources)),
        .optional("comment", .string(max: 4_096)),
    ])
}

import REST

/// The bodies of `explain`.
enum ExplainSchema {
    static let body = Schema.object([
        .optional(
            "request", .map(.any(description: "a member of the body"), keys: { _ in nil }, max: 256),
            "the body of the call, without model"),
        .optional("headers", .map(.string(max: 8_192), keys: { _ in nil }, max: 64), "the caller's"),
        .optional("surface", .string(max: 64), "chat/completions by default"),
        .optional(
            "key", .object([.optional("id", .string(max: 128)), .optional("name", .string(max: 128))]),
            "who calls; the key of this request by default"),
        .optional("at", .string(max: 64), "when, as RFC 3339 or unix milliseconds; now by default"),
    ])

    static let answer = Schema.any(
        description: "unit, slices, rules and regions with `holds`, the deciding rule, weights, variant, probability, "
            + "the tries in their order, each with what would have it skipped, whom a hedge would ask, "
            + "and what the cache would compare")
}

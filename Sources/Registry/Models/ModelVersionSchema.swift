import Domain
import REST

/// The body of a model version.
enum ModelVersionSchema {
    static let parameters = Schema.map(
        .any(description: "a request parameter"), keys: { RequestParameter.fault($0) }, max: 64)
    private static let text = Schema.string(min: 1, max: 1_024)
    private static let microUSD = Schema.integer(0...1_000_000_000_000)

    static let body = Schema.object([
        .required("provider", .name),
        .required("provider_model", .string(min: 1, max: 512), "the provider's own id of the model"),
        .optional("parameters", parameters, "win over the caller's own fields"),
        .optional("base_model", text),
        .optional("artifact", .object([.required("uri", .string(min: 1, max: 2_048)), .required("sha256", digest)])),
        .optional(
            "lineage",
            .object([
                .optional("parent", text), .optional("dataset", text),
                .optional("run_url", .string(min: 1, max: 2_048)), .optional("git_sha", .string(min: 1, max: 128)),
            ])),
        .optional(
            "metrics",
            .map(
                .number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude), keys: { _ in nil }, max: 256)
        ),
        .optional("price", price, "stands over the price table"),
        .optional("tags", .tags),
    ])

    static let price = Schema.object([
        .required("input_micro_usd_per_mtok", microUSD), .required("output_micro_usd_per_mtok", microUSD),
        .optional("cached_input_micro_usd_per_mtok", microUSD, "read from the provider's cache; as input"),
        .optional("cache_write_micro_usd_per_mtok", microUSD, "written to it; as input"),
        .optional("cache_write_1h_micro_usd_per_mtok", microUSD, "the same for an hour; as cache_write"),
        .optional("reasoning_micro_usd_per_mtok", microUSD, "thought and not said; as output"),
        .optional("output_tokens_max", .integer(0...1_000_000_000), "the most that an answer can have"),
    ])

    private static let digest = Schema.text(format: "SHA-256", rule: "must be 64 hexadecimal digits") { text in
        text.utf8.count == 64 && text.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 6 }
    }
}

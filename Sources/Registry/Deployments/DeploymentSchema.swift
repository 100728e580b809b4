import Domain
import REST

/// The bodies of deployments.
enum DeploymentSchema {
    static let body = Schema.checked(
        .object([
            .required("name", .name),
            .optional("environment", .name, "production by default"),
            .required("variants", .array(variant, min: 1, max: DeploymentRules.variantsMax)),
            .optional(
                "unit", .enumeration(AssignmentUnit.allCases.map(\.rawValue)),
                "what stays on one variant; user by default"),
            .optional(
                "fallbacks", .array(.name, max: DeploymentRules.variantsMax), "names of variants, tried in this order"),
            .optional("follow", .boolean, "make a new revision when a named alias or label moves"),
            .optional(
                "store_bodies", .boolean,
                "keep what callers send and get, without personal data and secrets; false by default"
            ),
            .optional(
                "rules", .array(rule, max: rulesMax),
                "shares of their own; the first whose condition holds decides, else the variants' weights"),
            .optional(
                "regions", .array(region, max: rulesMax),
                "where requests may go; all whose conditions hold, for fallbacks too"),
            .optional(
                "cache", .nullable(cache),
                "answer who asks the same again with what was answered before; off by default"),
            .optional("timeouts", timeouts, "what it leaves out is for the settings, here and below"),
            .optional("retries", retries, "of the same upstream, before a fallback is asked"),
            .optional(
                "mirror", .nullable(mirror),
                "a shadow that is asked too, after the callers were answered; none by default"),
            .optional(
                "hedge", .nullable(hedge),
                "ask somebody else too when a provider takes long to begin, and take the first answer; off by default"),
            .optional("limits", .limits, "of all its callers together"),
            .optional("budget", .budget, "of all its callers together"),
            .optional("reason", .string(max: 1_024), "kept with the revision"),
        ]), DeploymentRules.violations)

    private static let cache = Schema.object([
        .required("ttl_s", .integer(1...CachePolicy.secondsMax), "seconds after which the provider is asked anew"),
        .optional(
            "scope", .enumeration(CachePolicy.Scope.allCases.map(\.rawValue)),
            "who shares answers: everybody, or each unit with itself alone; deployment by default"),
        .optional(
            "disk", .boolean, "keep answers in a file too, where the process has one for them; false by default"),
        .optional(
            "semantic", .nullable(semantic), "answer who asks something alike as well; off by default"),
    ])

    private static let semantic = Schema.object([
        .required("embeddings", .name, "the deployment of the same project that makes vectors of questions"),
        .optional(
            "threshold", .number(0...1),
            "the cosine of two questions from which on they are alike, above 0; 0.95 by default"),
        .optional(
            "timeout_ms", .integer(1...SemanticPolicy.millisecondsMax),
            "for how long a vector is waited for; 1000 by default"),
    ])

    private static let mirror = Schema.object([
        .required("variant", .name, "the shadow"),
        .required("share", .number(0...100), "percent of the requests that go to other variants"),
        .optional("concurrent", .integer(1...MirrorPolicy.concurrentMax), "copies at one time; 4 by default"),
        .optional(
            "per_minute", .integer(1...MirrorPolicy.perMinuteMax), "copies that begin in any minute; 60 by default"),
    ])

    private static let hedge = Schema.object([
        .optional(
            "after_p", .number(HedgePolicy.quantiles),
            "after longer than this share of its answers took to begin of late: 0.95; this or after_ms"),
        .optional("after_ms", .integer(1...HedgePolicy.millisecondsMax), "after so long; this or after_p"),
        .optional(
            "share_max", .number(HedgePolicy.shares), "percent of the calls beside which another may be made; 5"),
    ])

    static let rollback = Schema.object([
        .required("revision", .integer(1...Int(Int32.max)), "whose content serves again"),
        .required("reason", .string(min: 1, max: 1_024)),
    ])

    private static let rulesMax = 64
    private static let condition = Schema.string(min: 1, max: Condition.lengthMax)

    private static let rule = Schema.object([
        .required("name", .name),
        .required("when", condition, #"a condition, such as slice.language == "zh" && bytes > 20000"#),
        .required(
            "weights", .map(.number(0...100), keys: { _ in nil }, max: DeploymentRules.variantsMax),
            "percent by variant; all of them sum to 100"),
    ])

    private static let region = Schema.object([
        .required("name", .name),
        .optional("when", condition, "which requests; all by default"),
        .required("allow", .array(.string(min: 1, max: 128), min: 1, max: 64), "values of the providers' region"),
    ])

    private static let timeouts = Schema.object([
        .optional(
            "try_ms", .integer(1...86_400_000),
            "one try: to the end of a plain answer, to the first event of a stream"),
        .optional("total_ms", .integer(1...86_400_000), "all tries together, with the waits between them"),
    ])

    private static let retries = Schema.object([
        .optional("max", .integer(0...DeploymentRetries.countMax), "further tries of one upstream"),
        .optional("backoff_ms", .integer(1...60_000), "the longest first wait; it doubles from wait to wait"),
        .optional("backoff_max_ms", .integer(1...600_000), "the longest wait"),
        .optional("on_timeout", .boolean, "also when a try ran out of time; false by default"),
    ])

    private static let variant = Schema.object([
        .required("name", .name),
        .required("model", .string(min: 1, max: 300), "<model>@<version> or <model>@<alias>"),
        .optional("prompt", .string(min: 1, max: 300), "<prompt>@<version> or <prompt>@<label>"),
        .optional("parameters", ModelVersionSchema.parameters, "win over the prompt version's"),
        .required("weight", .number(0...100), "percent, at most two decimals; all of them sum to 100"),
        .optional(
            "upstreams", .array(upstream, min: 1, max: LiveBalancing.upstreamsMax),
            "where it runs, each at another provider; where its model version says by default"),
        .optional(
            "balance", .enumeration(BalancePolicy.allCases.map(\.rawValue)),
            "how one of them is chosen; least_outstanding by default"),
    ])

    private static let upstream = Schema.object([
        .required("provider", .name),
        .optional("provider_model", .string(min: 1, max: 512), "the provider's own id; the model version's by default"),
        .optional("weight", .number(0...100), "percent, with the balance weighted; all of them sum to 100"),
        .optional("price", ModelVersionSchema.price, "stands over the price table"),
    ])

    static let environmentQuery = Endpoint.Query("environment", .name, "production by default")
}

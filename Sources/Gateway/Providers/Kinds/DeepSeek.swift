extension WireKind {
    /// As a mirror of its reference records it (toiotech.apifox.cn, deepseek-reasoner, read 2026-11; the vendor's own
    /// page was not at hand): `max_tokens` is the only name, `stream_options` is taken, and
    /// `usage.prompt_cache_hit_tokens` tells what came from the cache. Completions are a beta with a base URL of its
    /// own. Where it thinks, a turn that called tools is refused without its `reasoning_content`, be it empty
    /// (api-docs.deepseek.com/guides/thinking_mode, "Tool Calls"; deepseek-harness#739).
    static let deepseek = WireKind(
        "deepseek", baseURL: "https://api.deepseek.com", paths: standard(.chat),
        layouts: [("/beta", standard(.chat, .completions))],
        renames: [.chat: [Rename(from: "max_completion_tokens", to: "max_tokens")]],
        cachedTokens: ["prompt_cache_hit_tokens"], returnsReasoning: true)
}

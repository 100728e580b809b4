import JSON

/// What the vendor would bill.
struct ChatUsage {
    let promptTokens: Int
    let completionTokens: Int

    /// OpenAI caches prompts from 1,024 tokens on, in steps of 128; here as though every prompt had been sent before.
    var cachedTokens: Int { promptTokens < 1_024 ? 0 : promptTokens / 128 * 128 }

    func append(to bytes: inout [UInt8]) {
        bytes +=
            """
            {"prompt_tokens":\(promptTokens),"completion_tokens":\(completionTokens),\
            "total_tokens":\(promptTokens + completionTokens),\
            "prompt_tokens_details":{"cached_tokens":\(cachedTokens),"audio_tokens":0},\
            "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}
            """.utf8
    }
}

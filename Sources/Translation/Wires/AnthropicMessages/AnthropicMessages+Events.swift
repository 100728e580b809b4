extension AnthropicMessages {
    /// For one stream of a provider.
    package static func eventReader() -> any ReplyEventReader { AnthropicMessagesEventReader() }

    /// For one stream of a caller.
    package static func eventWriter(_ context: ReplyContext) -> any ReplyEventWriter {
        AnthropicMessagesEventWriter(context)
    }
}

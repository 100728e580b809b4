extension OpenAIChat {
    /// For one stream of a provider.
    package static func eventReader() -> any ReplyEventReader { OpenAIChatEventReader() }

    /// For one stream of a caller.
    package static func eventWriter(_ context: ReplyContext) -> any ReplyEventWriter {
        OpenAIChatEventWriter(context)
    }
}

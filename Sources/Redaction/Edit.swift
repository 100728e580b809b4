/// One replacement, in places of the text that is kept.
struct Edit {
    var range: Range<Int>
    let kind: SensitiveKind
    /// What stands around the placeholder: quotes where a JSON number becomes a string, escaped as often as the text is
    /// JSON within a JSON string.
    var quote: [UInt8] = []
}

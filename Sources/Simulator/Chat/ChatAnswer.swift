/// What the model says.
enum ChatAnswer {
    case text(String)
    /// A call of a function, its arguments as JSON text.
    case call(identifier: String, name: String, arguments: String)

    /// Pieces as a stream brings them, one token each: the text cut before its blanks and after so many bytes, never
    /// within a character. Joined they are the text.
    var tokens: [[UInt8]] {
        switch self {
        case .text(let text): Self.cut(text)
        case .call(_, _, let arguments): Self.cut(arguments)
        }
    }

    var finishReason: String {
        switch self {
        case .text: "stop"
        case .call: "tool_calls"
        }
    }

    private static let tokenBytesMax = 32

    private static func cut(_ text: String) -> [[UInt8]] {
        var tokens: [[UInt8]] = []
        var token: [UInt8] = []
        for byte in text.utf8 {
            let isBlank = byte == 0x20
            let isContinuation = byte & 0xc0 == 0x80
            if !token.isEmpty, isBlank || (token.count >= tokenBytesMax && !isContinuation) {
                tokens.append(token)
                token = []
            }
            token.append(byte)
        }
        if !token.isEmpty { tokens.append(token) }
        return tokens
    }
}

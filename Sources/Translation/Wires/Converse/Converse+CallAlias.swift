extension Converse {
    /// The ids of calls that Bedrock takes: 1 to 64 letters, digits, hyphens and underscores, and of other models than
    /// Claude dots and colons too (API_runtime_ToolUseBlock; platform.claude.com/docs/en/api/messages, `tool_use`).
    enum CallAlias {
        private static let bytesMax = 64

        /// - Returns: the id itself where it may be sent; else always the same for it, and another for every other.
        static func of(_ id: String, isClaude: Bool) -> String {
            let isTaken = { (byte: UInt8) in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte &- 48 < 10
                    || "-_".utf8.contains(byte) || (!isClaude && ".:".utf8.contains(byte))
            }
            if id.utf8.count <= bytesMax, id.utf8.allSatisfy(isTaken) { return id }
            let digest = hexadecimal(hash(id))
            let begin = id.utf8.prefix(bytesMax - digest.utf8.count - 1).map { isTaken($0) ? $0 : UInt8(ascii: "_") }
            return String(decoding: begin, as: UTF8.self) + "_" + digest
        }

        /// FNV-1a of 64 bits (RFC 9923).
        private static func hash(_ text: String) -> UInt64 {
            text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }

        private static func hexadecimal(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
    }
}

/// A call of a tool that is being streamed.
struct OpenAIChatCall {
    /// The provider's; several calls may have the same.
    let number: Int
    let part: Int
    /// The provider's; empty where it gave none.
    let id: String
    /// How deep the arguments stand, and where within a string.
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var hasBegun = false

    init(number: Int, part: Int, id: String) {
        self.number = number
        self.part = part
        self.id = id
    }

    /// Whether its arguments are a whole object, so far as brackets tell.
    var isWhole: Bool { hasBegun && depth <= 0 }

    /// Whether what comes under its number is another call.
    func isFollowed(byID id: String, name: String, arguments: String) -> Bool {
        if !id.isEmpty, !self.id.isEmpty { return id != self.id }
        // Some name a call with each of its pieces.
        return isWhole && !name.isEmpty && !arguments.isEmpty
    }

    mutating func append(_ arguments: String) {
        for byte in arguments.utf8 {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                hasBegun = true
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
    }
}

import HTTP

/// The messages of one case.
struct ProbedCase {
    private struct Message {
        let head: RequestHead
        var body: [UInt8] = []
        var isComplete: Bool
    }

    private var messages: [Message] = []
    private var error: WireError?

    init(_ bytes: [UInt8]) {
        var parser = RequestParser()
        var offset = 0
        do throws(WireError) {
            reading: while true {
                switch try parser.next(bytes.span, &offset) {
                case .needMore: break reading
                case .head(let head, let framing): messages.append(Message(head: head, isComplete: framing == .none))
                case .data(let range): messages[messages.count - 1].body += bytes[range]
                case .end: messages[messages.count - 1].isComplete = true
                }
            }
        } catch {
            self.error = error
        }
    }

    /// Texts are hexadecimal or our own words: nothing needs an escape.
    var line: String {
        let fault = error.map { "{\"status\":\($0.status),\"detail\":\"\($0.detail.filter { $0 != "\"" })\"}" }
        return "{\"messages\":[\(messages.map(Self.text).joined(separator: ","))],\"error\":\(fault ?? "null")}"
    }

    private static func text(_ message: Message) -> String {
        var fields: [String] = []
        message.head.forEachField { name, value in fields.append("[\(hexadecimal(name)),\(hexadecimal(value))]") }
        return "{\"method\":\"\(message.head.method.rawValue)\",\"target\":\(hexadecimal(message.head.target.utf8)),"
            + "\"minor\":\(message.head.version.minor),\"fields\":[\(fields.joined(separator: ","))],"
            + "\"body\":\(hexadecimal(message.body)),\"complete\":\(message.isComplete)}"
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".unicodeScalars)
        var text = "\""
        for byte in bytes {
            text.unicodeScalars.append(digits[Int(byte >> 4)])
            text.unicodeScalars.append(digits[Int(byte & 15)])
        }
        return text + "\""
    }
}

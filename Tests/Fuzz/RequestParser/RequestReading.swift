@testable import HTTP

/// What the parser of requests makes of some bytes, comparable across the ways of handing them over.
struct RequestReading: Equatable {
    struct Message: Equatable {
        var method: String
        var target: [UInt8]
        var minorVersion: Int
        var fields: [[[UInt8]]] = []
        var framing: BodyFraming
        var body: [UInt8] = []
        var path: [UInt8]
        var query: [UInt8]?
    }

    /// Requests that were read to their end.
    var messages: [Message] = []
    /// One whose head was read and whose body is not complete.
    var partial: Message?
    var error: WireError?

    init(_ pieces: [ArraySlice<UInt8>], _ limits: WireLimits, bodyBytesMax: Int) {
        var parser = RequestParser(limits: limits)
        var held: [UInt8] = []
        for piece in pieces {
            held += piece
            guard read(&parser, &held, bodyBytesMax) else { return }
        }
    }

    /// False after an error.
    private mutating func read(_ parser: inout RequestParser, _ held: inout [UInt8], _ bodyBytesMax: Int) -> Bool {
        var offset = 0
        defer { held.removeFirst(offset) }
        do throws(WireError) {
            while true {
                switch try parser.next(held.span, &offset) {
                case .needMore: return true
                case .head(let head, let framing):
                    let message = Message(head, framing)
                    guard framing != .none else {
                        messages.append(message)
                        continue
                    }
                    partial = message
                    try parser.limitBody(to: bodyBytesMax)
                case .data(let range): partial?.body += held[range]
                case .end:
                    if let partial { messages.append(partial) }
                    partial = nil
                }
            }
        } catch {
            self.error = error
            return false
        }
    }
}

extension RequestReading.Message {
    init(_ head: RequestHead, _ framing: BodyFraming) {
        var fields: [[[UInt8]]] = []
        head.forEachField { fields.append([Array($0), Array($1)]) }
        self.init(
            method: head.method.rawValue, target: Array(head.target.utf8), minorVersion: head.version.minor,
            fields: fields, framing: framing, path: Array(head.path.utf8), query: head.query.map { Array($0.utf8) })
    }

    /// The request as nobody could misread it: one space, one line end, one chunk.
    var canonical: [UInt8] {
        var bytes = Array("\(method) ".utf8) + target + Array(" HTTP/1.\(minorVersion)\r\n".utf8)
        for field in fields { bytes += field[0] + Array(": ".utf8) + field[1] + Array("\r\n".utf8) }
        bytes += Array("\r\n".utf8)
        guard framing == .chunked else { return bytes + body }
        if !body.isEmpty { bytes += Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n".utf8) }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    func values(_ name: String) -> [[UInt8]] {
        fields.filter { String(decoding: $0[0], as: UTF8.self).lowercased() == name }.map { $0[1] }
    }
}

@testable import HTTP

/// What the reader of answers makes of some bytes, comparable across the ways of handing them over.
struct ResponseReading: Equatable {
    struct Message: Equatable {
        var status: Int
        var contentLength: Int?
        /// nil for one that the connection's end ends.
        var isPersistent: Bool?
        /// Of `names`, in their order.
        var values: [[UInt8]?]
        var body: [UInt8] = []
    }

    /// Fields that the gateway asks for, and those that frame.
    static let names: [StaticString] = [
        "content-type", "content-length", "transfer-encoding", "connection", "retry-after",
    ]

    /// Answers that were read to their end, that which the connection's end completed among them.
    var messages: [Message] = []
    /// One whose head was read and whose body is not complete.
    var partial: Message?
    var error: WireError?
    /// Nothing of a next answer was there at the connection's end.
    var isEverythingUsed = false

    init(_ pieces: [ArraySlice<UInt8>], _ limits: WireLimits) {
        var parser = ResponseParser(limits: limits)
        var held: [UInt8] = []
        for piece in pieces {
            held += piece
            guard read(&parser, &held) else { return }
        }
        isEverythingUsed = parser.isAtStart
        if parser.endsWithConnection, let last = partial {
            messages.append(last)
            partial = nil
        }
    }

    /// False after an error.
    private mutating func read(_ parser: inout ResponseParser, _ held: inout [UInt8]) -> Bool {
        var offset = 0
        defer { held.removeFirst(offset) }
        do throws(WireError) {
            while true {
                switch try parser.next(held.span, &offset) {
                case .needMore: return true
                case .head(let status, let length):
                    let values = Self.names.map { name in
                        parser.value(of: name, in: held.span, headEnd: offset).map { Array(held[$0]) }
                    }
                    partial = Message(status: status, contentLength: length, values: values)
                case .data(let range): partial?.body += held[range]
                case .end(let isPersistent):
                    partial?.isPersistent = isPersistent
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

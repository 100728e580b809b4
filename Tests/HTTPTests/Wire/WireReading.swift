@testable import HTTP

/// What the parser makes of some bytes, comparable across the ways of cutting them up.
struct WireReading: Equatable {
    struct Message: Equatable {
        var method: String
        var target: String
        var names: [String] = []
        var values: [String] = []
        var body: [UInt8] = []
    }

    /// Requests that were read to their end.
    var messages: [Message] = []
    /// One whose head was read and whose body is not complete.
    var partial: Message?
    var error: WireError?
    /// Bytes that no complete request used.
    var isEverythingUsed = false

    /// Feeds `bytes` cut at `cuts` (ascending).
    init(_ bytes: [UInt8], cuts: [Int] = [], limits: WireLimits = .lenientAboutHost, bodyBytesMax: Int = .max) {
        var parser = RequestParser(limits: limits)
        var held: [UInt8] = []
        var start = 0
        for end in cuts + [bytes.count] {
            held += bytes[start..<end]
            start = end
            guard read(&parser, &held, bodyBytesMax) else { return }
        }
        isEverythingUsed = held.isEmpty && partial == nil
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
                    var message = Message(method: head.method.rawValue, target: head.target)
                    head.forEachField { name, value in
                        message.names.append(String(decoding: name, as: UTF8.self))
                        message.values.append(String(decoding: value, as: UTF8.self))
                    }
                    if framing == .none { messages.append(message) } else { partial = message }
                    if framing != .none { try parser.limitBody(to: bodyBytesMax) }
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

extension WireLimits {
    /// For corpora whose requests have no Host.
    static var lenientAboutHost: WireLimits {
        var limits = WireLimits()
        limits.demandsHost = false
        return limits
    }
}

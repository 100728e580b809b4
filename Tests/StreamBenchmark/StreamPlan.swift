/// What is asked for, of whom, and what a whole stream looks like.
struct StreamPlan {
    let port: UInt16
    /// How many there are at once.
    let streams: Int
    /// Events with a token, each an interval after the one before.
    let tokens: Int
    let intervalNanoseconds: UInt64
    /// Streams that each connection asks for, one after the other.
    let rounds: Int
    let request: [UInt8]

    init?(arguments: [String]) {
        guard arguments.count == 7, let port = UInt16(arguments[0]) else { return nil }
        let numbers = arguments[3...].compactMap { Int($0) }
        guard numbers.count == 4, numbers.allSatisfy({ $0 > 0 }), numbers[1] > 1 else { return nil }
        self.port = port
        (streams, tokens, rounds) = (numbers[0], numbers[1], numbers[3])
        intervalNanoseconds = UInt64(numbers[2]) * 1_000_000
        let body = #"{"model":"\#(arguments[2])","stream":true,"messages":[{"role":"user","content":"Tell me more."}]}"#
        request = Array(
            """
            POST /v1/chat/completions HTTP/1.1\r
            Host: 127.0.0.1\r
            Authorization: Bearer \(arguments[1])\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }

    /// The role before the tokens; the finish an interval after the last of them, and `[DONE]`.
    var events: Int { tokens + 3 }

    /// How long after the stream's beginning the provider writes the event.
    func dueNanoseconds(_ event: Int) -> UInt64 {
        UInt64(min(max(event - 1, 0), tokens)) * intervalNanoseconds
    }

    /// From the first event of a stream to its last.
    private var durationNanoseconds: UInt64 { dueNanoseconds(events - 1) }

    /// A connection rests for an interval between two streams; so many more there are that `streams` are at work.
    var connections: Int { streams * (tokens + 1) / tokens + 1 }

    /// When the stream of this number begins, all connections taking turns, after the beginning of all.
    func startNanoseconds(_ number: Int) -> UInt64 {
        (durationNanoseconds + intervalNanoseconds) * UInt64(number) / UInt64(connections)
    }
}

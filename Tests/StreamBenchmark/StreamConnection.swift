import CLinux
import Glibc

/// One connection and the stream that it carries: counts events by the empty line that ends each, since neither the
/// framing of chunks nor JSON holds two line feeds in a row.
struct StreamConnection {
    let descriptor: Int32
    private(set) var remainingRounds: Int
    private var sentAt: UInt64 = 0
    private var arrivals: [UInt64] = []
    private var tail: [UInt8] = []
    private var isHeadSeen = false
    private(set) var isBusy = false

    private static let end = Array("data: [DONE]\n\n".utf8)
    private static let lastChunk = Array("\r\n0\r\n\r\n".utf8)
    private static let success = Array("HTTP/1.1 200".utf8)
    private static let tailBytes = 64

    init(descriptor: Int32, rounds: Int) {
        self.descriptor = descriptor
        remainingRounds = rounds
    }

    /// Whether the request went out whole.
    mutating func start(_ plan: StreamPlan, at now: UInt64) -> Bool {
        remainingRounds -= 1
        sentAt = now
        arrivals.removeAll(keepingCapacity: true)
        tail.removeAll(keepingCapacity: true)
        isHeadSeen = false
        isBusy = true
        let count = plan.request.count
        return plan.request.withUnsafeBytes { clinux_send(descriptor, $0.baseAddress, count, nil, 0) } == count
    }

    /// Takes in what has come at `now`: the stream when it is over, whole or not.
    mutating func take(_ bytes: UnsafeRawBufferPointer, at now: UInt64) -> FinishedStream? {
        if !isHeadSeen {
            isHeadSeen = true
            guard bytes.starts(with: Self.success) else {
                return finish(fault: String(decoding: bytes.prefix(400), as: UTF8.self))
            }
        }
        var wasLineFeed = tail.last == UInt8(ascii: "\n")
        for byte in bytes {
            let isLineFeed = byte == UInt8(ascii: "\n")
            if isLineFeed, wasLineFeed { arrivals.append(now) }
            wasLineFeed = isLineFeed
        }
        tail += bytes.suffix(Self.tailBytes)
        if tail.count > Self.tailBytes { tail.removeFirst(tail.count - Self.tailBytes) }
        guard tail.suffix(Self.lastChunk.count).elementsEqual(Self.lastChunk) else { return nil }
        let isWhole = tail.dropLast(Self.lastChunk.count).suffix(Self.end.count).elementsEqual(Self.end)
        return finish(fault: isWhole ? nil : "a stream without its end")
    }

    /// What the stream was; a fault when it broke off.
    mutating func finish(fault: String?) -> FinishedStream {
        isBusy = false
        return FinishedStream(sentAt: sentAt, arrivals: arrivals, fault: fault)
    }
}

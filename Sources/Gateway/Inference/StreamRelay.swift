import Domain
import HTTP
import Reactor

/// A streamed answer on its way from the upstream to the caller. Used by one task at a time, on its loop.
final class StreamRelay: @unchecked Sendable {
    // @unchecked: the handler hands it to the body's closure, which runs in the same task.

    enum Opening: Sendable {
        /// An event is at hand, so the answer may begin.
        case ready
        /// The limit has passed, and the transfer goes on.
        case late
        case failed(TrialFailure)
        /// An answer of the provider's with a status that the caller is to see, and its body.
        case refused(UpstreamHead, [UInt8])
    }

    let exchange: any UpstreamExchange
    private var parser = EventStreamParser()
    private(set) var events: StreamEvents
    /// What is ready for the caller.
    private var pending: [UInt8] = []
    private(set) var isEnded = false
    private var trouble: TrialFailure?
    /// Whether an event came, so that the caller has seen a part of the answer.
    private(set) var hasBegun = false
    /// When the first token was seen.
    private(set) var firstTokenAt: MonotonicInstant?

    /// Where the deployment stores them.
    private let bodies: OutcomeBodies?
    /// When the try's own time is over, unless an event has come; nil for never.
    private let tryEnd: MonotonicInstant?
    private var unyielded = 0

    private static let errorBodyBytesMax = 1 << 20
    private static let bytesPerTurn = 64 << 10

    init(
        _ exchange: any UpstreamExchange, wantsUsage: Bool, _ reading: AnswerReading, bodies: OutcomeBodies?,
        until tryEnd: MonotonicInstant?
    ) {
        self.exchange = exchange
        self.tryEnd = tryEnd
        self.bodies = bodies
        events = StreamEvents(wantsUsage: wantsUsage, reading)
    }

    /// Waits for the first event.
    func open(until limit: MonotonicInstant?) async -> Opening {
        await exchange.wait(for: .head, until: limit)
        if let failure = exchange.failure { return .failed(.transfer(failure)) }
        guard let head = exchange.head else { return .late }
        guard (200..<300).contains(head.status) else { return await refusal(head, until: limit) }
        while !hasBegun, trouble == nil {
            if exchange.bytesWaiting == 0 {
                if let failure = exchange.failure { return .failed(.transfer(failure)) }
                if exchange.isFinished { return .failed(.transfer(.truncated)) }
            }
            await exchange.wait(for: .bytes(1), until: limit)
            if exchange.bytesWaiting == 0, !exchange.isFinished { return .late }
            read()
        }
        // An error as the first event is as good as a status: nothing has been promised to the caller.
        if !hasBegun, let trouble { return .failed(trouble) }
        return .ready
    }

    /// What has come of its body by then: the status says what matters.
    private func refusal(_ head: UpstreamHead, until limit: MonotonicInstant?) async -> Opening {
        await exchange.wait(for: .bytes(Self.errorBodyBytesMax), until: limit)
        if !exchange.isFinished { exchange.cancel() }
        return .refused(head, exchange.take())
    }

    /// - Returns: what ended it badly; nil when `[DONE]` went out.
    /// - Throws: `ClientGone`.
    func run(_ writer: some EventSink, keepAlive: Duration) async throws -> TrialFailure? {
        if let trouble = try await openWhileWaiting(writer, keepAlive) { return trouble }
        while true {
            if !pending.isEmpty {
                var bytes: [UInt8] = []
                swap(&bytes, &pending)
                try await writer.write(bytes)
                unyielded += bytes.count
            }
            if unyielded > Self.bytesPerTurn {
                // An upstream that is always ahead would keep the loop from everybody else.
                unyielded = 0
                await exchange.yield()
            }
            if isEnded { return nil }
            if let trouble { return trouble }
            if exchange.bytesWaiting == 0, exchange.isFinished {
                return .transfer(exchange.failure ?? .truncated)
            }
            await exchange.wait(for: .bytes(1), until: exchange.now() + keepAlive)
            if exchange.bytesWaiting == 0, !exchange.isFinished {
                try await writer.write(Self.ping)
            } else {
                read()
            }
        }
    }

    /// The caller would have given up before the first event: the answer has begun without one.
    private func openWhileWaiting(_ writer: some EventSink, _ keepAlive: Duration) async throws -> TrialFailure? {
        while !hasBegun {
            try await writer.write(Self.ping)
            let ping = exchange.now() + keepAlive
            switch await open(until: tryEnd.map { min($0, ping) } ?? ping) {
            case .ready: return nil
            case .late: if let tryEnd, exchange.now() >= tryEnd { return .transfer(.timeoutTry) }
            case .failed(let failure): return failure
            case .refused(let head, _): return .status(head.status)
            }
        }
        return nil
    }

    /// A comment, which keeps the connection and the reader's patience alive (WHATWG HTML §9.2.7).
    static let ping = Array(": ping\n\n".utf8)

    private func read() {
        let bytes = exchange.take()
        do throws(EventStreamError) {
            try parser.feed(bytes) { event in self.handle(event) }
        } catch {
            trouble = trouble ?? .garbage
        }
    }

    private func handle(_ event: ServerSentEvent) {
        guard !isEnded, trouble == nil else { return }
        if event.data.isEmpty, event.event == nil {
            // A comment of the provider's is no answer yet: until there is one, a fallback is still possible.
            if hasBegun { pending += event.raw }
            return
        }
        switch events.read(event) {
        case .forward(let raw):
            pending += raw
            hasBegun = true
            if !events.isSound { bodies?.relayed(event.data) }
        case .drop: hasBegun = true
        case .end(let raw):
            pending += raw
            hasBegun = true
            isEnded = true
            // A typed last event says something, `[DONE]` does not.
            if events.endsWithEvent { bodies?.relayed(event.data) }
        case .failure(let raw): trouble = .reported(raw, code: StreamEvents.code(ofFailure: event.data))
        case .garbage: trouble = .garbage
        }
        if firstTokenAt == nil, events.hasToken { firstTokenAt = exchange.now() }
    }
}

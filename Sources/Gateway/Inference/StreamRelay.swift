import Domain
import HTTP
import Reactor
import Translation

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
    private var framing: any StreamFraming
    private(set) var reading: any StreamReading
    /// What it writes to keep a silent stream alive.
    let ping: [UInt8]
    /// What is ready for the caller.
    private var pending: [UInt8] = []
    private(set) var isEnded = false
    private var trouble: TrialFailure?
    /// The data of the event with which the provider reported it.
    private var report: [UInt8] = []
    /// Whether an event came, so that the caller has seen a part of the answer.
    private(set) var hasBegun = false
    /// When the first token was seen.
    private(set) var firstTokenAt: MonotonicInstant?

    /// Where the deployment stores them.
    private let bodies: OutcomeBodies?
    /// When the try's own time is over, unless an event has come; nil for never.
    private let tryEnd: MonotonicInstant?
    private var unyielded = 0

    static let errorBodyBytesMax = 1 << 20
    private static let bytesPerTurn = 64 << 10

    init(
        _ exchange: any UpstreamExchange, _ grammar: StreamGrammar, _ context: StreamGrammar.Context,
        _ style: CallerStyle, bodies: OutcomeBodies?, until tryEnd: MonotonicInstant?
    ) {
        self.exchange = exchange
        self.tryEnd = tryEnd
        self.bodies = bodies
        ping = style.ping
        framing = grammar.framing()
        reading = grammar.reading(context)
    }

    /// Waits for the first event.
    func open(until limit: MonotonicInstant?) async -> Opening { await open(until: limit, errorsUntil: limit) }

    /// - Parameter errorsUntil: until when what an error says is waited for, once its status is there.
    func open(until limit: MonotonicInstant?, errorsUntil: MonotonicInstant?) async -> Opening {
        await exchange.wait(for: .head, until: limit)
        if let failure = exchange.failure { return .failed(.transfer(failure)) }
        guard let head = exchange.head else { return .late }
        guard (200..<300).contains(head.status) else { return await refusal(head, until: errorsUntil) }
        while !hasBegun, trouble == nil {
            if exchange.bytesWaiting == 0 {
                if let failure = exchange.failure { return .failed(.transfer(failure)) }
                if exchange.isFinished {
                    close()
                    guard isEnded else { return .failed(.transfer(.truncated)) }
                    return .ready
                }
            }
            await exchange.wait(for: .bytes(1), until: limit)
            if exchange.bytesWaiting == 0, !exchange.isFinished { return .late }
            read()
        }
        if !hasBegun, let trouble { return opening(trouble) }
        return .ready
    }

    /// An error as the first event is as good as a status, and its data as the body of one: nothing has been promised
    /// to the caller.
    private func opening(_ trouble: TrialFailure) -> Opening {
        guard case .reported(_, let code?) = trouble, (400..<600).contains(code), let head = exchange.head else {
            return .failed(trouble)
        }
        exchange.cancel()
        return .refused(head.with(status: code), report)
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
        // What comes of the upstream need not be anything for the caller.
        var writtenAt = exchange.now()
        while true {
            if !pending.isEmpty {
                var bytes: [UInt8] = []
                swap(&bytes, &pending)
                try await writer.write(bytes)
                unyielded += bytes.count
                writtenAt = exchange.now()
            }
            if unyielded > Self.bytesPerTurn {
                // An upstream that is always ahead would keep the loop from everybody else.
                unyielded = 0
                await exchange.yield()
            }
            if isEnded { return nil }
            if let trouble { return trouble }
            if exchange.bytesWaiting == 0, exchange.isFinished {
                if let failure = exchange.failure { return .transfer(failure) }
                close()
                guard isEnded else { return .transfer(.truncated) }
                continue
            }
            await exchange.wait(for: .bytes(1), until: writtenAt + keepAlive)
            if exchange.bytesWaiting > 0 || exchange.isFinished { read() }
            if pending.isEmpty, trouble == nil, exchange.now() >= writtenAt + keepAlive {
                try await writer.write(ping)
                writtenAt = exchange.now()
            }
        }
    }

    /// The caller would have given up before the first event: the answer has begun without one.
    private func openWhileWaiting(_ writer: some EventSink, _ keepAlive: Duration) async throws -> TrialFailure? {
        while !hasBegun {
            try await writer.write(ping)
            let next = exchange.now() + keepAlive
            switch await open(until: tryEnd.map { min($0, next) } ?? next) {
            case .ready: return nil
            case .late: if let tryEnd, exchange.now() >= tryEnd { return .transfer(.timeoutTry) }
            case .failed(let failure): return failure
            case .refused(let head, _): return trouble ?? .status(head.status)
            }
        }
        return nil
    }

    private func read() {
        let bytes = exchange.take()
        do throws(EventStreamError) {
            try framing.feed(bytes) { event in self.handle(event) }
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
        settle(reading.read(event), event.data)
        if firstTokenAt == nil, reading.hasToken { firstTokenAt = exchange.now() }
    }

    /// The upstream has ended its answer in good order: the grammar says whether it is whole.
    private func close() {
        guard !isEnded, trouble == nil else { return }
        let fate = reading.closed()
        if case .garbage = fate { return }
        settle(fate, [])
    }

    private func settle(_ fate: StreamFate, _ data: [UInt8]) {
        switch fate {
        case .forward(let raw, let isStored):
            pending += raw
            hasBegun = true
            if isStored { bodies?.relayed(data) }
        case .drop: hasBegun = true
        case .keepAlive(let raw): if hasBegun { pending += raw }
        case .end(let raw, let isStored):
            pending += raw
            hasBegun = true
            isEnded = true
            if isStored { bodies?.relayed(data) }
        case .translated(let events, let isEnd):
            for event in events {
                pending += event.encoded
                // The mark of the end is no part of the answer.
                if event.data.first == UInt8(ascii: "{") { bodies?.relayed(event.data) }
            }
            hasBegun = hasBegun || !events.isEmpty
            isEnded = isEnd
        case .failure(let raw, let code):
            trouble = .reported(raw, code: code)
            report = data
        case .unsayable: trouble = .unsayable
        case .garbage: trouble = .garbage
        }
    }
}

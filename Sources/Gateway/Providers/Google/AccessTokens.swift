import Domain
import JSON
import Reactor
import Synchronization

/// The bearer token of a service account: asked for when a request needs one, kept until it is about to end, and asked
/// for once however many requests wait for it.
final class AccessTokens: RequestSigning {
    private struct State {
        /// `Authorization: …`, with the end of the line before it.
        var line: [UInt8] = []
        /// Unix milliseconds.
        var goodUntil: Int64 = 0
        var isAsking = false
        var waiting: [@Sendable (UpstreamFailure?) -> Void] = []
    }

    private let account: ServiceAccount
    private let target: UpstreamTarget
    private let state = Mutex(State())

    /// A token so near to its end might not live through its request.
    private static let marginSeconds = 60
    private static let answerBytesMax = 64 << 10
    private static let deadlines = UpstreamDeadlines(
        connect: .seconds(5), firstByte: .seconds(10), idleGap: .seconds(10), total: .seconds(10))

    init(_ account: ServiceAccount, policy: AddressPolicy) {
        self.account = account
        target = UpstreamTarget(
            url: account.tokenAddress,
            headers: [(name: "Content-Type", value: "application/x-www-form-urlencoded")], policy: policy)
    }

    func fields(of body: [UInt8], to target: UpstreamTarget, at now: Timestamp) -> [UInt8]? {
        state.withLock { $0.goodUntil > now.milliseconds ? $0.line : nil }
    }

    func prepare(
        over transport: any UpstreamTransport, on loop: EventLoop, _ clock: WallClock,
        _ done: @escaping @Sendable (UpstreamFailure?) -> Void
    ) {
        let isFirst = state.withLock { state in
            state.waiting.append(done)
            defer { state.isAsking = true }
            return !state.isAsking
        }
        guard isFirst else { return }
        let now = clock.now()
        guard let form = account.form(at: now) else { return finish(.misconfigured) }
        let exchange = transport.begin(
            UpstreamRequest(
                target: target, body: form, deadlines: Self.deadlines, bufferBytesMax: Self.answerBytesMax), on: loop)
        exchange.onArrival(of: .bytes(Self.answerBytesMax)) { self.finish(self.read(exchange, askedAt: now)) }
    }

    private func finish(_ failure: UpstreamFailure?) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isAsking = false
            return state.waiting
        }
        for done in waiting { done(failure) }
    }

    /// - Returns: why there is no token.
    private func read(_ exchange: any UpstreamExchange, askedAt now: Timestamp) -> UpstreamFailure? {
        if let failure = exchange.failure { return failure }
        guard exchange.isFinished, let status = exchange.head?.status else {
            exchange.cancel()
            return .malformedAnswer
        }
        // RFC 6749 §5.2: 400 and 401 are about the key.
        guard status == 200 else { return (400..<500).contains(status) ? .misconfigured : .other }
        guard let answer = try? JSONValue(parsing: exchange.take()), let token = answer["access_token"]?.stringValue,
            let seconds = answer["expires_in"]?.intValue, (1...86_400).contains(seconds),
            // It becomes a part of a head.
            !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return .malformedAnswer }
        state.withLock { state in
            state.line = Array("\r\nAuthorization: Bearer \(token)".utf8)
            state.goodUntil = now.milliseconds + Int64(max(seconds - Self.marginSeconds, seconds / 2)) * 1_000
        }
        return nil
    }
}

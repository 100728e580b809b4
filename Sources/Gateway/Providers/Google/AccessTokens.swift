import Domain
import JSON
import Reactor
import Synchronization

/// The bearer token of a service account: asked for once however many requests wait for it, and asked for anew, beside
/// the requests that still bear the old one, before that ends. A failure is kept for a while too.
final class AccessTokens: RequestSigning {
    private struct State {
        var token = ""
        /// `Authorization: …`, with the end of the line before it.
        var line: [UInt8] = []
        /// Unix milliseconds: until when it is sent, and from when on another is asked for.
        var goodUntil: Int64 = 0
        var dueFrom: Int64 = 0
        var grantedAt = MonotonicInstant(nanoseconds: 0)
        var isAsking = false
        var waiting: [@Sendable (UpstreamFailure?) -> Void] = []
        /// Why there was none the last time, and how long nobody is asked again, Unix milliseconds.
        var rest: (failure: UpstreamFailure, span: Range<Int64>)?
        /// In a row.
        var failures = 0
        /// When one was let go because the provider had refused it, Unix milliseconds.
        var droppedAt: Int64?
    }

    private enum Step {
        case ask, wait
        case over(UpstreamFailure?)
    }

    private let account: ServiceAccount
    private let target: UpstreamTarget
    private let state = Mutex(State())

    /// A token so near to its end might not live through its request.
    private static let marginSeconds: Int64 = 60
    /// How long before its end another is asked for: Google's own libraries take about as long.
    private static let renewalSeconds: Int64 = 300
    /// Between two askings of which the first failed: doubled with each failure in a row.
    private static let restMilliseconds: (least: Int64, most: Int64) = (1_000, 30_000)
    /// Between two refused tokens that are let go: of whoever is refused with every token the account is at fault.
    private static let dropMilliseconds: Int64 = 60_000
    private static let answerBytesMax = 64 << 10
    private static let deadlines = UpstreamDeadlines(
        connect: .seconds(5), firstByte: .seconds(10), idleGap: .seconds(10), total: .seconds(10))

    init(_ account: ServiceAccount, policy: AddressPolicy) {
        self.account = account
        target = UpstreamTarget(
            url: account.tokenAddress,
            headers: [(name: "Content-Type", value: "application/x-www-form-urlencoded")], policy: policy)
    }

    var secrets: [String] {
        let token = state.withLock { $0.token }
        return account.secrets + (token.isEmpty ? [] : [token])
    }

    func fields(of body: [UInt8], to target: UpstreamTarget, at now: Timestamp) -> [UInt8]? {
        state.withLock { $0.goodUntil > now.milliseconds ? $0.line : nil }
    }

    func isDue(at now: Timestamp) -> Bool {
        state.withLock { state in
            now.milliseconds >= state.dueFrom && !state.isAsking
                && state.rest?.span.contains(now.milliseconds) != true
        }
    }

    func prepare(
        over transport: any UpstreamTransport, on loop: EventLoop, _ clock: WallClock,
        _ done: @escaping @Sendable (UpstreamFailure?) -> Void
    ) {
        let now = clock.now()
        switch step(at: now.milliseconds, done) {
        case .wait: return
        case .over(let failure): return done(failure)
        case .ask: break
        }
        guard let form = account.form(at: now) else { return finish(.misconfigured, at: now) }
        let exchange = transport.begin(
            UpstreamRequest(
                target: target, body: form, deadlines: Self.deadlines, bufferBytesMax: Self.answerBytesMax), on: loop)
        exchange.onArrival(of: .bytes(Self.answerBytesMax)) {
            self.finish(self.read(exchange, askedAt: now, loop.now()).map(Self.told), at: clock.now())
        }
    }

    private func step(at now: Int64, _ done: @escaping @Sendable (UpstreamFailure?) -> Void) -> Step {
        state.withLock { state in
            // Another loop may have got it since.
            if state.goodUntil > now, now < state.dueFrom { return .over(nil) }
            if !state.isAsking, let rest = state.rest, rest.span.contains(now) { return .over(rest.failure) }
            state.waiting.append(done)
            defer { state.isAsking = true }
            return state.isAsking ? .wait : .ask
        }
    }

    private func finish(_ failure: UpstreamFailure?, at now: Timestamp) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isAsking = false
            state.failures = failure == nil ? 0 : state.failures + 1
            state.rest = failure.map { failure in
                let span = min(Self.restMilliseconds.most, Self.restMilliseconds.least << min(state.failures - 1, 10))
                return (failure, now.milliseconds..<now.milliseconds + span)
            }
            return state.waiting
        }
        for done in waiting { done(failure) }
    }

    /// - Returns: why there is no token.
    private func read(
        _ exchange: any UpstreamExchange, askedAt now: Timestamp, _ instant: MonotonicInstant
    ) -> UpstreamFailure? {
        if let failure = exchange.failure { return failure }
        guard exchange.isFinished, let status = exchange.head?.status else {
            exchange.cancel()
            return .malformedAnswer
        }
        guard status == 200 else { return Self.failure(of: status) }
        guard let answer = try? JSONValue(parsing: exchange.take()), let token = answer["access_token"]?.stringValue,
            let seconds = answer["expires_in"]?.intValue.map(Int64.init), (1...86_400).contains(seconds),
            // It becomes a part of a head.
            !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return .malformedAnswer }
        state.withLock { state in
            state.token = token
            state.line = Array("\r\nAuthorization: Bearer \(token)".utf8)
            state.goodUntil = now.milliseconds + max(seconds - Self.marginSeconds, seconds / 2) * 1_000
            state.dueFrom = min(
                state.goodUntil, now.milliseconds + max(seconds - Self.renewalSeconds, seconds / 2) * 1_000)
            state.grantedAt = instant
        }
        return nil
    }

    /// What the requests that wait for the token are told: how this exchange broke is no word about theirs. What is
    /// ours to mend, and what we lack, is the same for both.
    private static func told(_ failure: UpstreamFailure) -> UpstreamFailure {
        switch failure {
        case .misconfigured, .addressNotAllowed, .noDescriptor, .noSlot: failure
        default: .tokenNotGranted
        }
    }

    /// RFC 6749 §5.2: 400 and 401 are about the key. What asks for patience is not.
    private static func failure(of status: Int) -> UpstreamFailure {
        switch status {
        case 408, 429: .tokenNotGranted
        case 400..<500: .misconfigured
        default: .tokenNotGranted
        }
    }

    func isRenewed(after begin: MonotonicInstant, at now: Timestamp) -> Bool {
        state.withLock { state in
            // Another has come, or is asked for, since the refused one was sent.
            guard state.goodUntil > 0, state.grantedAt <= begin else { return true }
            if let last = state.droppedAt, abs(now.milliseconds - last) < Self.dropMilliseconds { return false }
            state.droppedAt = now.milliseconds
            state.goodUntil = 0
            state.dueFrom = 0
            return true
        }
    }
}

import Domain
import HTTP
import Reactor

/// What one inference has taken of the limits and budgets that hold for it. There is none where none hold. Used by one
/// task at a time, and settled once.
final class Admission {
    /// Of the key, its project and the deployment.
    private let meters: [Meter]
    private let gateway: Gateway
    private let wall: Timestamp
    private var holds: [Meter.Hold] = []
    /// Money that further tries need beyond what the first one promised.
    private var extensions: [Meter.Hold] = []
    private var provider: Meter.Hold?
    /// Micro-USD, of all tries.
    private(set) var promised: Int64 = 0

    init(_ gateway: Gateway, _ meters: [Meter], at wall: Timestamp) {
        self.gateway = gateway
        self.meters = meters
        self.wall = wall
    }

    /// Before a try goes out.
    /// - Throws: 429; nothing is taken then that was not before.
    func admit(_ plan: VariantPlan, _ chat: CallerRequest, bytes: Int) throws(OpenAIError) {
        let settings = gateway.settings
        let reservation = Reservation(
            chat, overrides: (try? plan.route(for: chat.surface))?.parameters ?? [], bytes: bytes, price: plan.price,
            assumed: Int64(settings.outputTokensAssumed))
        let now = gateway.limitClock().nanoseconds
        if let former = provider {
            // The try before this one gave nothing.
            _ = former.meter.settle(former, used: 0, spent: 0, now: now)
            provider = nil
        }
        if let meter = plan.meter {
            provider = try take(meter, reservation.tokens, ceiling: nil, now)
        }
        do throws(OpenAIError) {
            if holds.isEmpty { try takeAll(reservation, now) } else { try extend(reservation, now) }
        } catch {
            if let taken = provider { taken.meter.undo(taken, now: now) }
            provider = nil
            throw error
        }
    }

    /// Instead of a try: another's answer costs no tokens and no money.
    func admitReuse() throws(OpenAIError) {
        if holds.isEmpty { try takeAll(.none, gateway.limitClock().nanoseconds) }
    }

    private func takeAll(_ reservation: Reservation, _ now: UInt64) throws(OpenAIError) {
        for meter in meters {
            do throws(OpenAIError) {
                holds.append(try take(meter, reservation.tokens, ceiling: reservation.ceiling, now))
            } catch {
                for hold in holds { hold.meter.undo(hold, now: now) }
                holds.removeAll()
                throw error
            }
        }
        promised = reservation.ceiling ?? 0
    }

    /// A try at another variant, which may cost more than the one that was promised for.
    private func extend(_ reservation: Reservation, _ now: UInt64) throws(OpenAIError) {
        guard reservation.ceiling.map({ $0 > promised }) ?? true else { return }
        var taken: [Meter.Hold] = []
        for hold in holds where hold.meter.budget != nil {
            switch hold.meter.promise(
                reservation.ceiling.map { $0 - promised }, allowsUnpriced: gateway.settings.allowsUnpricedUnderBudget,
                now: now, wall: wall)
            {
            case .taken(let more): taken.append(more)
            case .refused(let refusal):
                for more in taken { more.meter.withdraw(more) }
                throw refused(refusal, by: hold.meter)
            }
        }
        extensions += taken
        promised = max(promised, reservation.ceiling ?? 0)
    }

    private func take(
        _ meter: Meter, _ tokens: UInt64, ceiling: Int64?, _ now: UInt64
    ) throws(OpenAIError) -> Meter.Hold {
        switch meter.take(
            tokens: tokens, ceiling: ceiling, allowsUnpriced: gateway.settings.allowsUnpricedUnderBudget, now: now,
            wall: wall)
        {
        case .taken(let hold):
            if hold.needsLease { gateway.hooks.leaseWanted() }
            return hold
        case .refused(let refusal): throw refused(refusal, by: meter)
        }
    }

    private func refused(_ refusal: Meter.Refusal, by meter: Meter) -> OpenAIError {
        gateway.counters.refused(refusal.limit, by: meter.subject.kind)
        if case .budget(_, _, true) = refusal { gateway.hooks.budget(.exceeded, meter) }
        return LimitRefusal.error(refusal, by: meter, at: wall)
    }

    /// The inference has ended.
    /// - Parameters:
    ///   - used: tokens; nil when they are not known, so that the estimate stands.
    ///   - spent: micro-USD, rounded up.
    func settle(used: Int64?, spent: Int64) {
        let now = gateway.limitClock().nanoseconds
        let used = used.map { UInt64(max(0, $0)) }
        if let provider { _ = provider.meter.settle(provider, used: used, spent: 0, now: now) }
        provider = nil
        for hold in holds {
            guard hold.meter.settle(hold, used: used, spent: spent, now: now) else { continue }
            gateway.counters.alertedBudget()
            gateway.hooks.budget(.alert, hold.meter)
        }
        for hold in extensions { hold.meter.withdraw(hold) }
        if spent > promised, holds.contains(where: { $0.meter.budget != nil }) { gateway.counters.overranBudget() }
        holds.removeAll()
        extensions.removeAll()
    }

    /// The fields `x-ratelimit-…`, of the limit that has the least left.
    func mark(_ response: inout Response) {
        let now = gateway.limitClock().nanoseconds
        if let state = least({ $0.requestState(at: now) }) {
            response.headers.add(known: "x-ratelimit-limit-requests", String(state.limit))
            response.headers.add(known: "x-ratelimit-remaining-requests", String(state.remaining))
            response.headers.add(known: "x-ratelimit-reset-requests", Self.duration(state.untilFull))
        }
        if let state = least({ $0.tokenState(at: now) }) {
            response.headers.add(known: "x-ratelimit-limit-tokens", String(state.limit))
            response.headers.add(known: "x-ratelimit-remaining-tokens", String(state.remaining))
            response.headers.add(known: "x-ratelimit-reset-tokens", Self.duration(state.untilFull))
        }
    }

    private typealias LimitState = (limit: Int64, remaining: UInt64, untilFull: UInt64)

    private func least(_ state: (Meter) -> LimitState?) -> LimitState? {
        var least: LimitState?
        for meter in meters {
            guard let state = state(meter) else { continue }
            if least.map({ state.remaining < $0.remaining }) ?? true { least = state }
        }
        return least
    }

    /// As OpenAI writes it: `612ms`, `7.66s`, `6m0s`.
    static func duration(_ nanoseconds: UInt64) -> String {
        let milliseconds = (nanoseconds + 999_999) / 1_000_000
        if milliseconds < 1_000 { return "\(milliseconds)ms" }
        if milliseconds < 60_000 {
            let rest = milliseconds % 1_000 / 10
            return rest == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds / 1_000).\(rest < 10 ? "0" : "")\(rest)s"
        }
        return "\(milliseconds / 60_000)m\(milliseconds % 60_000 / 1_000)s"
    }
}

extension Meter.Refusal {
    fileprivate var limit: Meter.Limit {
        if case .limit(let limit, _) = self { limit } else { .budget }
    }
}

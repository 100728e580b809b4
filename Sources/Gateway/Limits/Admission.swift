import Domain
import HTTP
import Reactor

/// What one inference has taken of the limits and budgets that hold for it. There is none where none hold. Used by one
/// task at a time, and settled once.
final class Admission {
    /// Of the key and its project.
    private let meters: [Meter]
    /// Of the deployment.
    private let deployment: Meter?
    private let gateway: Gateway
    /// Of each of them, in this order. A key has meters of its own and of its project, so that with the deployment's
    /// there are three at most.
    private var holds = InlineArray<4, Meter.Hold?>(repeating: nil)
    /// 0 before anything is taken.
    private var holdCount = 0
    /// What further tries need beyond what the first one took, by the places of `holds`.
    private var extensions: [(place: Int, hold: Meter.Hold)] = []
    private var provider: (meter: Meter, hold: Meter.Hold)?
    /// The same of a try that runs at the same time.
    private var beside: (meter: Meter, hold: Meter.Hold)?
    /// Tokens of all tries.
    private var reserved: UInt64 = 0
    /// Micro-USD, of all tries.
    private var promised: Int64 = 0

    /// Whether it is a copy's for a shadow: no caller is refused then, and what becomes of copies is counted apart.
    private let isOfShadow: Bool

    init(_ gateway: Gateway, _ meters: [Meter], _ deployment: Meter?, isOfShadow: Bool = false) {
        self.gateway = gateway
        self.isOfShadow = isOfShadow
        self.meters = meters
        self.deployment = deployment
    }

    /// Before a try goes out. The provider's comes last: whom a limit of their own refuses takes nothing of what others
    /// share.
    /// - Parameters:
    ///   - former: what the tries before it are taken to have used.
    ///   - isSpare: whether its caller is served without it, and so refused nothing.
    /// - Throws: a refusal; nothing is taken then that was not before.
    func admit(
        _ plan: VariantPlan, _ reservation: Reservation, beside former: InferenceBill, isSpare: Bool = false
    ) throws(OpenAIError) {
        let now = self.now
        let whole = reservation.beside(former)
        let had = (holds: holdCount, extensions: extensions.count, reserved: reserved, promised: promised)
        if holdCount == 0 { try takeAll(whole, now) } else { try extend(whole, isSpare: isSpare, now) }
        guard let meter = plan.meter else { return }
        do throws(OpenAIError) {
            provider = (meter, try take(meter, reservation.tokens, ceiling: nil, isSpare: isSpare, now))
        } catch {
            undo(to: had.holds, had.extensions)
            reserved = had.reserved
            promised = had.promised
            throw error
        }
    }

    /// - Parameters: how many of each are left.
    private func undo(to holdsLeft: Int, _ extensionsLeft: Int) {
        while extensions.count > extensionsLeft {
            let last = extensions.removeLast()
            meter(last.place)?.undo(last.hold, now: now)
        }
        while holdCount > holdsLeft {
            holdCount -= 1
            if let hold = holds[holdCount] { meter(holdCount)?.undo(hold, now: now) }
        }
    }

    /// Instead of a try: another's answer costs no tokens and no money.
    func admitReuse() throws(OpenAIError) {
        if holdCount == 0 { try takeAll(.none, now) }
    }

    /// A try has ended, and its provider has room for another.
    /// - Parameter used: tokens.
    func tried(used: Int64) {
        if let provider { provider.meter.settle(provider.hold, used: UInt64(max(0, used)), spent: 0, now: now) }
        provider = nil
    }

    /// Of two tries that run at the same time, the other one is meant from here on.
    func turn() { swap(&provider, &beside) }

    private func meter(_ place: Int) -> Meter? {
        place < meters.count ? meters[place] : place == meters.count ? deployment : nil
    }

    private var now: UInt64 { gateway.limitClock().nanoseconds }

    private func takeAll(_ reservation: Reservation, _ now: UInt64) throws(OpenAIError) {
        do throws(OpenAIError) {
            for place in 0..<holds.count {
                guard let meter = meter(place) else { break }
                holds[place] = try take(meter, reservation.tokens, ceiling: reservation.ceiling, now)
                holdCount = place + 1
            }
        } catch {
            undo(to: 0, 0)
            throw error
        }
        reserved = reservation.tokens
        promised = reservation.ceiling ?? 0
    }

    /// A further try, or the first one after all of who was to be given another's answer: what it may use beyond what
    /// was taken.
    private func extend(_ reservation: Reservation, isSpare: Bool, _ now: UInt64) throws(OpenAIError) {
        let tokens = reservation.tokens > reserved ? reservation.tokens - reserved : 0
        let money = reservation.ceiling.map { max(0, $0 - promised) }
        guard tokens > 0 || money != 0 else { return }
        var taken: [(place: Int, hold: Meter.Hold)] = []
        for place in 0..<holdCount {
            guard let meter = meter(place) else { continue }
            let verdict = meter.takeMore(
                tokens: tokens, ceiling: money, allowsUnpriced: gateway.settings.allowsUnpricedUnderBudget,
                isRefusal: !isSpare, now: now, later: self.now, wall: gateway.clock.now())
            switch verdict {
            case .taken(let more):
                if more.needsLease { gateway.hooks.leaseWanted() }
                taken.append((place, more))
            case .refused(let refusal):
                for more in taken { self.meter(more.place)?.undo(more.hold, now: self.now) }
                throw refused(refusal, by: meter, isSpare: isSpare)
            }
        }
        extensions += taken
        reserved += tokens
        promised += money ?? 0
    }

    private func take(
        _ meter: Meter, _ tokens: UInt64, ceiling: Int64?, isSpare: Bool = false, _ now: UInt64
    ) throws(OpenAIError) -> Meter.Hold {
        let verdict = meter.take(
            tokens: tokens, ceiling: ceiling, allowsUnpriced: gateway.settings.allowsUnpricedUnderBudget, now: now,
            later: self.now, wall: gateway.clock.now())
        switch verdict {
        case .taken(let hold):
            if hold.needsLease { gateway.hooks.leaseWanted() }
            return hold
        case .refused(let refusal): throw refused(refusal, by: meter, isSpare: isSpare)
        }
    }

    private func refused(_ refusal: Meter.Refusal, by meter: Meter, isSpare: Bool) -> OpenAIError {
        if !isOfShadow, !isSpare { gateway.counters.refused(refusal.limit, by: meter.subject.kind) }
        if case .budget(_, _, true) = refusal { gateway.hooks.budget(.exceeded, meter) }
        return LimitRefusal.error(refusal, by: meter, at: gateway.clock.now())
    }

    /// Where what it is settled with is counted.
    var counted: Outcome.Meters {
        var counted = Outcome.Meters()
        counted.caller = meters
        counted.deployment = deployment
        return counted
    }

    /// The inference has ended.
    func settle(_ bill: InferenceBill) {
        let used = UInt64(max(0, bill.tokens))
        let spent = bill.chargeMicroUSD
        var hasBudget = false
        for place in 0..<holdCount {
            guard let meter = meter(place), let hold = holds[place] else { continue }
            hasBudget = hasBudget || meter.budget != nil
            let settlement =
                extensions.isEmpty
                ? meter.settle(hold, used: used, spent: spent, now: now) : settle(hold, at: place, meter, used, spent)
            if settlement.needsLease { gateway.hooks.leaseWanted() }
            guard settlement.isAlertDue else { continue }
            gateway.counters.alertedBudget()
            gateway.hooks.budget(.alert, meter)
        }
        if spent > promised, hasBudget { gateway.counters.overranBudget() }
        holdCount = 0
        if !extensions.isEmpty { extensions.removeAll() }
    }

    /// What was taken first is used up first, so that time gives back no more of it than it may.
    private func settle(
        _ hold: Meter.Hold, at place: Int, _ meter: Meter, _ used: UInt64, _ spent: Int64
    ) -> BudgetAccount.Settlement {
        let more = extensions.filter { $0.place == place }.map(\.hold)
        var left = more.isEmpty ? 0 : used - min(used, hold.tokens)
        // What it cost first, so that at no moment less is counted than was promised.
        let settlement = meter.settle(hold, used: used - left, spent: spent, now: now)
        for (number, part) in more.enumerated() {
            let own = number == more.count - 1 ? left : min(left, part.tokens)
            left -= own
            meter.settle(part, used: own, spent: 0, now: now)
        }
        return settlement
    }

    /// The fields `x-ratelimit-…`, of the limit that has the least left.
    func mark(_ response: inout Response) {
        let now = self.now
        var requests = deployment?.requestState(at: now)
        var tokens = deployment?.tokenState(at: now)
        for meter in meters {
            requests = Self.least(requests, meter.requestState(at: now))
            tokens = Self.least(tokens, meter.tokenState(at: now))
        }
        if let requests { RateLimitFields.requests.add(requests, to: &response.headers) }
        if let tokens { RateLimitFields.tokens.add(tokens, to: &response.headers) }
    }

    private static func least(_ former: Meter.LimitState?, _ own: Meter.LimitState?) -> Meter.LimitState? {
        guard let former, let own else { return former ?? own }
        return own.remaining <= former.remaining ? own : former
    }
}

extension Meter.Refusal {
    fileprivate var limit: Meter.Limit {
        switch self {
        case .limit(let limit, _): limit
        case .tooManyTokens: .tokens
        case .budget, .tooDear, .unpriced: .budget
        }
    }
}

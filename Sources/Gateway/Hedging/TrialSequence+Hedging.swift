import Domain
import HTTP
import Reactor

/// Two tries at a time: another is asked beside one that takes long.
extension TrialSequence {
    /// nil where nobody is asked beside another.
    var hedging: Hedging? { isHedged ? order.plan.hedging : nil }

    /// When to ask another beside this one; nil for never.
    func hedgeDue(_ trial: Trial, _ hedging: Hedging) -> MonotonicInstant? {
        if ended == nil { hedging.ledger.deposit(hedging.policy.shareMax) }
        guard !hasHedged, let delay = hedging.delay(of: trial.plan, chat, at: trial.start) else {
            return nil
        }
        return MonotonicInstant(nanoseconds: trial.start.nanoseconds + delay)
    }

    /// Begins a try beside one that takes long.
    /// - Returns: nil where there is none, which is counted.
    func hedge(beside first: Trial, _ hedging: Hedging) -> Trial? {
        hasHedged = true
        let now = request.loop.now()
        var ahead = order
        let end = patience.firstByte.map { min($0, patience.end) } ?? patience.end
        guard now.nanoseconds + Self.tryTimeMin <= end.nanoseconds,
            let plan = ahead.hedge(chat, unit: record.outcome.unit, at: now)
        else {
            hedging.ledger.count(.nowhere)
            return nil
        }
        let routes = [first.route] + [try? plan.route(for: chat.surface)].compactMap { $0 }
        guard Hedging.leavesNothing(chat, over: routes) else {
            hedging.ledger.count(.unsuited)
            return nil
        }
        guard hedging.ledger.withdraw() else {
            hedging.ledger.count(.budget)
            return nil
        }
        record.setAside()
        do throws(OpenAIError) {
            let (route, body) = try prepare(plan, isSpare: true)
            order = ahead
            if !plan.isAtEase(at: now) { plan.health.isAsked(at: now) }
            record.sent(body.bytes.count, chat, to: plan)
            let trial = begin(plan, route, body, at: now)
            hold(HedgedPair(first.exchange, trial.exchange))
            return trial
        } catch {
            record.turn(to: first.plan)
            hedging.ledger.giveBack()
            hedging.ledger.count(error.status == 429 ? .limit : .unsuited)
            return nil
        }
    }

    /// What is told of tries from here on is of this one.
    func turn(to trial: Trial) {
        record.turn(to: trial.plan)
        order.turn(to: trial.plan)
    }

    /// A try gave nothing that the caller may have, while another goes on. That other one's end says what comes then.
    func lost(_ trial: Trial, _ failing: TrialNews.Failing) {
        switch failing {
        case .failed(let failure, let status, let told):
            let failure = trial.named(failure)
            trial.exchange.cancel()
            record.wasted(told, mayBeBilled: trial.mayBeBilled(failure) && status.map { $0 < 300 } ?? true)
            left(trial, status: status, error: failure.code)
            trial.failed(failure)
            // Let go of, for whoever comes next.
            if status == 401 { _ = isRenewed(trial) }
        case .refused(let head, _):
            record.wasted(nil, mayBeBilled: false)
            left(trial, status: head.status, error: Trial.code(of: head))
            if head.status == 429 { trial.limited(head) } else { trial.answered() }
        }
    }

    /// The other one answered first: what this one was asked may be counted all the same, and how long it would have
    /// taken says nothing of how it fares.
    func hedgedOut(_ trial: Trial) {
        let isRefusal = trial.exchange.head.map { $0.status >= 300 } ?? false
        record.wasted(nil, mayBeBilled: trial.exchange.wasSent && !isRefusal)
        left(trial, status: trial.exchange.head?.status, error: HedgedTry.hedgedOutCode)
    }

    private func left(_ trial: Trial, status: Int?, error: String) {
        let now = request.loop.now()
        record.attempted(trial.plan, status: status, error: error, from: trial.start, to: now, waited: 0)
        trial.visit?.ended(status: status, error: error, at: now)
    }
}

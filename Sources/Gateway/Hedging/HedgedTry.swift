import HTTP
import Reactor

/// A try of a deployment that hedges: when it has given nothing for longer than most, another is made beside it, and
/// the first answer that is of use is the caller's. What fails does not lose while the other may still answer, and
/// whoever is not needed any more is left.
struct HedgedTry {
    let inference: Inference
    let trials: TrialSequence
    let hedging: Hedging

    /// For `Attempt.error`: another answered first.
    static let hedgedOutCode = "hedged_out"

    /// - Returns: nil when nothing came of it that the caller may have, as `trials` then knows.
    func response(_ trial: Trial) async -> Response? {
        let first = contender(trial)
        if let due = trials.hedgeDue(trial, hedging) {
            if let news = await first.news(unlessSilentUntil: due) { return alone(first, news) }
            if let other = trials.hedge(beside: trial, hedging) { return await race(first, contender(other)) }
        }
        guard let news = await first.news(unlessSilentUntil: nil) else { return nil }
        return alone(first, news)
    }

    private func contender(_ trial: Trial) -> Contender {
        let relay = trials.chat.isStream ? inference.relay(of: trial, trials) : nil
        return Contender(trial, relay, trials, whole: inference.wholeAnswer)
    }

    private func alone(_ one: Contender, _ news: TrialNews) -> Response? {
        observe(one, news)
        return inference.response(news, one, trials)
    }

    // MARK: Two at a time

    private func race(_ first: Contender, _ second: Contender) async -> Response? {
        let arrival = FirstArrival(on: inference.request.loop)
        var running = [first, second]
        var refusal: Refusal?
        while true {
            await arrival.wait(for: running, until: running.compactMap(\.limit).min())
            var late: Contender?
            for one in running {
                trials.turn(to: one.trial)
                guard let news = await one.look() else { continue }
                let loss = failing(one, news)
                if loss == nil, case .stream(.late) = news {
                    // Its caller has to be told something now: by whoever has begun, if there is nothing better.
                    if late?.hasBegun != true { late = one.hasBegun ? one : late ?? one }
                    continue
                }
                guard let loss, running.count > 1 || refusal != nil && !isFinal(loss) && !loss.isCancelled else {
                    return won(one, news, loss, of: first, running)
                }
                if one === first { observe(one, news) }
                trials.lost(one.trial, loss)
                running.removeAll { $0 === one }
                if let refusal, running.isEmpty { return refused(refusal, since: first) }
                // What its caller has to mend is still so when the other has failed.
                if case .refused(let head, let body) = loss, isFinal(loss) { refusal = (one.trial, head, body) }
            }
            if let late { return won(late, .stream(.late), nil, of: first, running) }
        }
    }

    private typealias Refusal = (trial: Trial, head: UpstreamHead, body: [UInt8])

    /// It is the caller's, or the last that failed.
    private func won(
        _ one: Contender, _ news: TrialNews, _ loss: TrialNews.Failing?, of first: Contender, _ running: [Contender]
    ) -> Response? {
        for other in running where other !== one { leave(other, isFirst: other === first) }
        trials.turn(to: one.trial)
        if one === first {
            observe(one, news)
        } else {
            // The time that both took is told once.
            trials.record.paused(from: first.trial.start, to: one.trial.start)
        }
        hedging.ledger.count(fate(loss, isFirst: one === first))
        return inference.response(news, one, trials)
    }

    /// Both are over, and what one of them said is for its caller to mend, whatever the other did.
    private func refused(_ refusal: Refusal, since first: Contender) -> Response {
        trials.record.paused(from: first.trial.start, to: first.trial.exchange.now())
        hedging.ledger.count(.failed)
        return refusal.trial.refusal(refusal.head, refusal.body)
    }

    private func isFinal(_ loss: TrialNews.Failing) -> Bool {
        if case .refused(let head, _) = loss { trials.isFinal(status: head.status) } else { false }
    }

    /// Why it cannot be the caller's.
    private func failing(_ one: Contender, _ news: TrialNews) -> TrialNews.Failing? {
        if case .stream(.late) = news, trials.isOver(one.trial) {
            return .failed(.transfer(.timeoutTry), status: one.trial.exchange.head?.status, told: nil)
        }
        return news.failing(of: one.trial, one.relay)
    }

    /// It is not needed any more.
    private func leave(_ one: Contender, isFirst: Bool) {
        one.trial.exchange.cancel()
        trials.turn(to: one.trial)
        trials.hedgedOut(one.trial)
        if isFirst { observe(one.trial, at: one.trial.exchange.now()) }
    }

    private func fate(_ failing: TrialNews.Failing?, isFirst: Bool) -> HedgeFate {
        guard let failing else { return isFirst ? .lost : .won }
        return failing.isCancelled ? .abandoned : .failed
    }

    // MARK: How long it took

    /// Of what was asked first: who is asked beside another says little of those who are asked alone.
    private func observe(_ one: Contender, _ news: TrialNews) {
        let begunAt = one.begunAt ?? one.trial.exchange.now()
        switch news {
        case .plain(.answer), .plain(.oversized), .stream(.ready): observe(one.trial, at: begunAt)
        case .plain(.failed(let failure, _, _)), .stream(.failed(let failure)):
            // It would have taken longer still.
            if failure.isTimeout { observe(one.trial, at: begunAt) }
        case .stream(.late): observe(one.trial, at: begunAt)
        case .plain(.refused), .stream(.refused): break
        }
    }

    private func observe(_ trial: Trial, at now: MonotonicInstant) {
        let elapsed = UInt64(max(0, trial.start.nanoseconds(to: now)))
        let times = trial.plan.times?.of(trials.chat.surface)
        times?.observe(elapsed, isStream: trials.chat.isStream, at: now)
    }
}

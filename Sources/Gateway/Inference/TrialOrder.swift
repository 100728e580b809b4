import Domain
import Reactor

/// Whom one inference asks, and whom next: the assigned variant, then its fallbacks, each of them at every place where
/// it runs. What something is the matter with is left out or put off, and the record is told why another answered.
struct TrialOrder {
    /// Who was asked last.
    private struct Standing {
        /// Of the variants.
        var variant = 0
        /// Where it runs at several places: the one that was asked last, and those that are left.
        var upstream: VariantPlan?
        var round: UpstreamRound?
        var retries = 0
        /// Whether it was asked again with another token than the one that it refused.
        var hasRenewed = false
    }

    let plan: DeploymentPlan
    private let choice: VariantChoice
    private var queue: VariantQueue
    private var last = Standing()
    /// Who is asked at the same time.
    private var beside: Standing?
    /// Of variants that were put off, which of their places were asked before.
    private var asked: [Int: UInt32] = [:]
    /// When the first of those that are left alone may be asked again, in nanoseconds; nil when none is.
    private(set) var openUntil: UInt64?
    /// Whether one of them is left alone for its failures, and not by an operator's word.
    private(set) var hasFailedUpstream = false

    init(of plan: DeploymentPlan, from choice: VariantChoice, fallbacks: [Int]) {
        self.plan = plan
        self.choice = choice
        queue = VariantQueue(assigned: choice.index, fallbacks: fallbacks, allowed: choice.allowed)
    }

    /// What the caller was assigned to.
    var assigned: VariantPlan { plan.variants[choice.index] }

    /// Who was asked last.
    var current: VariantPlan { last.upstream ?? plan.variants[last.variant] }

    var isAtAssigned: Bool { last.variant == queue.assigned }

    /// How often `current` was asked again.
    var retries: Int { last.retries }

    /// Which variants may answer, fallbacks among them; nil for all.
    var allowedVariants: [Bool]? {
        guard plan.isBalanced, let allowed = choice.allowed else { return choice.allowed }
        return allowed + plan.variants.flatMap(\.places).map { $0.variant.isAllowed(by: choice.regions) }
    }

    /// The region rules that hold for the request.
    var regions: [RegionRule] { choice.regions }

    // MARK: Who is next

    /// To the next place of this variant or, when there is none, to the next variant: one that has had no retry yet.
    mutating func advance(_ chat: CallerRequest, _ record: InferenceRecord, on loop: EventLoop) -> Bool {
        last.retries = 0
        last.hasRenewed = false
        while true {
            if last.round != nil, nextPlace(chat, record, at: loop.now()) { return true }
            guard let index = queue.next() else { return false }
            last.variant = index
            last.upstream = nil
            guard let balancer = plan.variants[index].balancer else {
                last.round = nil
                return true
            }
            last.round = UpstreamRound(balancer, within: choice.regions, asked: asked[index] ?? 0)
        }
    }

    private mutating func nextPlace(
        _ chat: CallerRequest, _ record: InferenceRecord, at now: MonotonicInstant
    ) -> Bool {
        last.upstream = last.round?.next(unit: record.outcome.unit, isStream: chat.comesInPieces, at: now) {
            Self.isReady($0, for: chat, at: now)
        }
        return last.upstream != nil
    }

    /// Whether the variant that was asked last runs somewhere else too, where it could be asked now.
    func hasOtherPlace(for chat: CallerRequest, on loop: EventLoop) -> Bool {
        guard let round = last.round else { return false }
        let now = loop.now()
        return round.hasMore { Self.isReady($0, for: chat, at: now) }
    }

    /// Whether another variant is to come.
    var hasOtherVariant: Bool { queue.hasMore }

    // MARK: Who is asked again

    /// - Returns: nil when `current` may not be asked again.
    mutating func retry(at now: MonotonicInstant) -> RetryPermit? {
        let current = current
        let permit = current.health.retry(at: now, current.breakerMode)
        if permit != nil { last.retries += 1 }
        return permit
    }

    /// Whether `current` may be asked again with another token: once.
    mutating func mayRenew() -> Bool {
        guard !last.hasRenewed else { return false }
        last.hasRenewed = true
        return true
    }

    // MARK: Who is asked beside another

    /// Whom to ask while `current` takes long: another place of its variant, else a fallback. Only one that is well;
    /// what is not keeps its turn.
    mutating func hedge(_ chat: CallerRequest, unit: String, at now: MonotonicInstant) -> VariantPlan? {
        var first = last
        let isWell: (VariantPlan) -> Bool = { Self.isWell($0, for: chat, at: now) }
        func next(in round: UpstreamRound) -> Bool {
            var round = round
            guard round.hasMore(where: isWell) else { return false }
            last.upstream = round.next(unit: unit, isStream: chat.isStream, at: now, where: isWell)
            last.round = round
            return true
        }
        if let round = last.round, next(in: round) {
            first.round = last.round
        } else {
            let (plan, regions) = (self.plan, self.choice.regions)
            let index = queue.take { index in
                plan.variants[index].places.contains { $0.variant.isAllowed(by: regions) && isWell($0) }
            }
            guard let index else { return nil }
            last = Standing(variant: index)
            if let balancer = plan.variants[index].balancer {
                _ = next(in: UpstreamRound(balancer, within: regions, asked: asked[index] ?? 0))
            }
        }
        last.retries = 0
        last.hasRenewed = false
        beside = first
        return current
    }

    /// Of two that are asked at the same time, `current` becomes this one.
    mutating func turn(to plan: VariantPlan) {
        guard current !== plan, let other = beside else { return }
        beside = last
        last = other
    }

    static func isWell(_ plan: VariantPlan, for chat: CallerRequest, at now: MonotonicInstant) -> Bool {
        isReady(plan, for: chat, at: now) && plan.health.letsRetry(plan.breakerMode)
    }

    // MARK: Who is asked at all

    /// Whether an upstream that something is the matter with is asked all the same. One that is not counts as an
    /// attempt, so that it can be seen why another answered.
    @inline(never)
    mutating func isAsked(
        _ plan: VariantPlan, _ isRetry: Bool, _ chat: CallerRequest, _ record: InferenceRecord,
        at now: MonotonicInstant, _ permit: inout TrialPermit?
    ) -> Bool {
        guard !isRetry else { return plan.health.letsRetry(plan.breakerMode) }
        if plan.breakerMode != .forcedClosed, !plan.coolDown.isOver(at: now), !queue.isLastCall,
            queue.hasMore(where: { isReady($0, for: chat, at: now) })
        {
            queue.putOff(last.variant)
            if let round = last.round {
                // The place that cools down is to come then.
                asked[last.variant] = round.asked & ~(round.bit(of: plan))
                last.round = nil
            }
            record.attempted(plan, status: nil, error: LastTry.coolingCode, from: now, to: now, waited: 0)
            return false
        }
        switch plan.breakerMode {
        case .automatic:
            switch plan.health.admit(at: now) {
            case .pass: return true
            case .trial(let ticket): permit = TrialPermit(ticket, of: plan.health)
            case .refuse(let instant):
                hasFailedUpstream = true
                return isLeftAlone(plan, until: instant, record, at: now)
            }
        case .forcedClosed: plan.health.isAsked(at: now)
        case .forcedOpen:
            plan.health.isSkipped(at: now)
            return isLeftAlone(plan, until: now.nanoseconds + self.plan.policy.openTime, record, at: now)
        }
        return true
    }

    private mutating func isLeftAlone(
        _ plan: VariantPlan, until instant: UInt64, _ record: InferenceRecord, at now: MonotonicInstant
    ) -> Bool {
        openUntil = min(openUntil ?? .max, instant)
        record.attempted(plan, status: nil, error: LastTry.openCode, from: now, to: now, waited: 0)
        return false
    }

    /// Whether a fallback could be asked now.
    private func isReady(_ index: Int, for chat: CallerRequest, at now: MonotonicInstant) -> Bool {
        let plan = plan.variants[index]
        guard let balancer = plan.balancer else { return Self.isReady(plan, for: chat, at: now) }
        return balancer.plans.contains {
            $0.variant.isAllowed(by: choice.regions) && Self.isReady($0, for: chat, at: now)
        }
    }

    private static func isReady(_ plan: VariantPlan, for chat: CallerRequest, at now: MonotonicInstant) -> Bool {
        (try? plan.route(for: chat.surface)) != nil && plan.isReady(at: now)
    }
}

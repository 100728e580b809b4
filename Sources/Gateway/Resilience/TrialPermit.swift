import Reactor
import Synchronization

/// The leave to make a trial call of an upstream that had failed. Whoever lets it go without a word gives it back.
final class TrialPermit: Sendable {
    let ticket: Breaker.Ticket
    private let health: UpstreamHealth
    private let isUsed = Atomic<Bool>(false)

    init(_ ticket: Breaker.Ticket, of health: UpstreamHealth) {
        self.ticket = ticket
        self.health = health
    }

    deinit {
        if !isUsed.load(ordering: .relaxed) { health.released(ticket) }
    }

    /// The call's end was told.
    func use() { isUsed.store(true, ordering: .relaxed) }
}

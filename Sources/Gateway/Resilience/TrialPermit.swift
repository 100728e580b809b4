import Reactor
import Synchronization

/// The leave to make a trial call of an upstream that had failed. Whoever lets it go without a word gives it back.
final class TrialPermit: Sendable {
    let number: Int
    private let health: UpstreamHealth
    private let isUsed = Atomic<Bool>(false)

    init(_ number: Int, of health: UpstreamHealth) {
        self.number = number
        self.health = health
    }

    deinit {
        if !isUsed.load(ordering: .relaxed) { health.released(number) }
    }

    /// The call's end was told.
    func use() { isUsed.store(true, ordering: .relaxed) }
}

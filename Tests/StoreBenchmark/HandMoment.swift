import Synchronization

/// Unix milliseconds that the generator moves.
final class HandMoment: Sendable {
    private let moment = Atomic<Int64>(0)

    var milliseconds: Int64 {
        get { moment.load(ordering: .relaxed) }
        set { moment.store(newValue, ordering: .relaxed) }
    }
}

import Synchronization

/// Tells a run that goes on that nobody wants it any more. Its calls under way end by themselves and are not scored.
final class RunCancellation: Sendable {
    let probeID: String
    private let flag = Atomic<Bool>(false)

    init(probeID: String) {
        self.probeID = probeID
    }

    var isCancelled: Bool {
        flag.load(ordering: .acquiring)
    }

    func cancel() {
        flag.store(true, ordering: .releasing)
    }
}

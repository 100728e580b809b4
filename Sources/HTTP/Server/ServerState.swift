import Synchronization

/// What the loops of one server share.
final class ServerState: Sendable {
    let router: Router
    let limits: ServerLimits
    let errors: ErrorResponder
    /// nil where nobody observes, so that nothing is made for an observer.
    let observer: (any ServerObserver)?
    let admission: Admission
    let edge: EdgeRules
    private let draining = Atomic<Bool>(false)

    init(
        router: Router, limits: ServerLimits, edge: EdgeRules, errors: @escaping ErrorResponder,
        observer: any ServerObserver
    ) {
        self.router = router
        self.limits = limits
        self.errors = errors
        self.observer = observer is NoObserver ? nil : observer
        self.edge = edge
        admission = Admission(limits, proxies: edge.trusted)
    }

    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func beginDrain() { draining.store(true, ordering: .relaxed) }
}

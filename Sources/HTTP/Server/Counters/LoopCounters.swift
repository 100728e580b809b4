import Synchronization

/// What one loop counts: written by its thread alone, read by any, so a plain load and store each is enough.
final class LoopCounters: Sendable {
    let open = Atomic<Int>(0)
    let accepted = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let successes = Atomic<Int>(0)
    let redirections = Atomic<Int>(0)
    let clientErrors = Atomic<Int>(0)
    let serverErrors = Atomic<Int>(0)
    let clientsGone = Atomic<Int>(0)
    let streamsBroken = Atomic<Int>(0)
    let fieldsRefused = Atomic<Int>(0)
    let bytesIn = Atomic<Int>(0)
    let bytesOut = Atomic<Int>(0)
    /// Requests of routes that shed which have no complete answer yet.
    let running = Atomic<Int>(0)
    let load = LoadReading()
    let coding = CodingCounters()
    private let refusals = InlineArray<8, Atomic<Int>> { _ in Atomic(0) }
    private let limits = InlineArray<24, Atomic<Int>> { _ in Atomic(0) }

    func answered(_ status: Int) {
        switch status / 100 {
        case 2: successes.bump()
        case 3: redirections.bump()
        case 4: clientErrors.bump()
        default: serverErrors.bump()
        }
    }

    func refused(_ input: RefusedInput) { refusals[input.rawValue].bump() }

    func reached(_ limit: ReachedLimit) { limits[limit.rawValue].bump() }

    func add(to sum: inout ServerCounters) {
        sum.connectionsOpen += open.load(ordering: .relaxed)
        sum.connectionsAccepted += accepted.load(ordering: .relaxed)
        sum.connectionsRefused += refused.load(ordering: .relaxed)
        sum.answers[2] += successes.load(ordering: .relaxed)
        sum.answers[3] += redirections.load(ordering: .relaxed)
        sum.answers[4] += clientErrors.load(ordering: .relaxed)
        sum.answers[5] += serverErrors.load(ordering: .relaxed)
        sum.clientsGone += clientsGone.load(ordering: .relaxed)
        sum.streamsBroken += streamsBroken.load(ordering: .relaxed)
        sum.fieldsRefused += fieldsRefused.load(ordering: .relaxed)
        sum.bytesIn += bytesIn.load(ordering: .relaxed)
        sum.bytesOut += bytesOut.load(ordering: .relaxed)
        sum.inferencesRunning += running.load(ordering: .relaxed)
        for limit in ReachedLimit.allCases {
            sum.limitsReached[limit.rawValue] += limits[limit.rawValue].load(ordering: .relaxed)
        }
        for input in RefusedInput.allCases {
            sum.inputsRefused[input.rawValue] += refusals[input.rawValue].load(ordering: .relaxed)
        }
        load.add(to: &sum)
        coding.add(to: &sum)
    }
}

extension Atomic<Int> {
    /// Adds without a locked instruction: for a single writer only.
    func bump(_ amount: Int = 1) { store(load(ordering: .relaxed) &+ amount, ordering: .relaxed) }
}

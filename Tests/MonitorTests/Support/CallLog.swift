import Domain
import JSON
import Synchronization

/// Answers probe calls and keeps what was asked.
final class CallLog: Sendable {
    struct Made: Hashable, Sendable {
        let variant: String
        let number: Int
        let revision: Int
    }

    private let made = Mutex<[Made]>([])
    private let running = Mutex<(now: Int, most: Int)>((0, 0))

    var all: [Made] { made.withLock { $0 } }
    var most: Int { running.withLock { $0.most } }

    /// The right answer for `control`, a wrong one for any other variant.
    func answer(_ request: ProbeRequest) async -> ProbeAnswer {
        let call = note(request)
        running.withLock { running in
            running.now += 1
            running.most = max(running.most, running.now)
        }
        for _ in 0..<3 { await Task.yield() }
        running.withLock { $0.now -= 1 }
        return Self.answer(call, text: call.variant == "control" ? String(call.number) : "wrong")
    }

    func note(_ request: ProbeRequest) -> Made {
        var number = -1
        if case .variables(let variables) = request.input { number = variables["number"]?.intValue ?? -1 }
        let call = Made(
            variant: request.deployment.variants[request.variant].name, number: number,
            revision: request.deployment.revision)
        made.withLock { $0.append(call) }
        return call
    }

    static func answer(
        _ call: Made, text: String?, status: OutcomeStatus = .ok, error: String? = nil
    ) -> ProbeAnswer {
        ProbeAnswer(
            outcomeID: "o-\(call.variant)-\(call.number)", status: status, text: text, latencyMilliseconds: 1,
            error: error)
    }
}

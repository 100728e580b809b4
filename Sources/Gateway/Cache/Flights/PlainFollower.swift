import HTTP
import Reactor

/// A request for a plain answer that waits for another's. Takes no task.
final class PlainFollower: FlightFollower, DepartureListener, @unchecked Sendable {
    // @unchecked: touched on its request's loop only; told of the end, it goes there.

    private let inference: CachedInference
    private let flight: Flight
    private let responder: Responder
    private let began: MonotonicInstant
    private var timer: TimerToken?
    private var isDone = false

    init(_ inference: CachedInference, _ flight: Flight, _ responder: Responder) {
        self.inference = inference
        self.flight = flight
        self.responder = responder
        began = inference.loop.now()
    }

    func begin() {
        if let end = flight.follow(self) { return finish(end) }
        inference.tie(to: self)
        guard !isDone else { return }
        timer = inference.loop.schedule(at: inference.patienceEnd) { [weak self] in self?.timedOut() }
    }

    func flightEnded(_ end: FlightEnd) {
        inference.loop.execute { self.finish(end) }
    }

    func callerDeparted() {
        guard stop() else { return }
        flight.leave(self)
        responder.send(inference.departed())
    }

    private func timedOut() {
        guard stop() else { return }
        flight.leave(self)
        responder.send(inference.timedOut(waiting: began))
    }

    private func finish(_ end: FlightEnd) {
        guard stop() else { return }
        inference.followed(end, since: began, responder)
    }

    /// - Returns: whether this was the first reason to.
    private func stop() -> Bool {
        guard !isDone else { return false }
        isDone = true
        timer?.cancel()
        timer = nil
        return true
    }
}

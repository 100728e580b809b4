/// Who waits for the answer of another's call.
protocol FlightFollower: AnyObject, Sendable {
    /// Told once at most, on the thread of whoever ended it.
    func flightEnded(_ end: FlightEnd)
}

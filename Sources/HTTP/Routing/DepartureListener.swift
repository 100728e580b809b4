/// Is told when nobody waits for an answer any more. On the connection's loop.
package protocol DepartureListener: AnyObject, Sendable {
    /// The client has left; told once.
    func callerDeparted()
}

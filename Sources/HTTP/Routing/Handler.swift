/// What answers a request.
package enum Handler: Sendable {
    /// On the loop, without a task: for what is at hand, such as health and metrics.
    case immediate(@Sendable (Request) -> Response)
    /// In a task that prefers the connection's loop; without a suspension it costs no hop.
    case asynchronous(@Sendable (Request) async -> Response)
    /// On the loop, without a task: the answer is given to the responder, at once or later. For what passes so often
    /// that a task and its hops weigh.
    case responding(@Sendable (Request, Responder) -> Void)
}

/// A reading of what a server has counted since it started.
package struct ServerCounters: Sendable, Equatable {
    package var connectionsOpen = 0
    package var connectionsAccepted = 0
    /// Closed at once because their address had its share already.
    package var connectionsRefused = 0
    /// How often a listener paused at its cap or for want of descriptors.
    package var acceptPauses = 0
    /// Requests by class of status: index 2 is 2xx … 5 is 5xx; 0 and 1 are unused.
    package var answers = [0, 0, 0, 0, 0, 0]
    /// Connections that ran into a deadline: of idling, of a head or body, of an unread answer.
    package var idleTimeouts = 0
    package var requestTimeouts = 0
    package var writeTimeouts = 0
    /// Requests whose client left before the answer was complete.
    package var clientsGone = 0
    /// Streamed answers whose body failed half-way.
    package var streamsBroken = 0
    /// Header fields of answers that were left out because they could not be sent.
    package var fieldsRefused = 0
    package var bytesIn = 0
    package var bytesOut = 0

    package var requests: Int { answers.reduce(0, +) }

    package init() {}
}

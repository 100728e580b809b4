/// What the server must know about a route before its handler runs.
package struct RouteOptions: Sendable {
    /// Bytes of body at most, in place of the server's default; known before the body is read.
    package var bodyBytesMax: Int?
    /// Whether a client that closes its side counts as gone and its handler's task is cancelled.
    package var departedClientCancels: Bool
    /// Media types of the body that are taken, lower case; others get 415. Empty takes all.
    package var acceptedContentTypes: [String]
    /// Whether its requests are new work that is turned away under overload (503 with Retry-After), so that everything
    /// else goes on.
    package var isShedUnderLoad: Bool
    /// Whether answers are compressed for those who ask for it. Off where latency is what counts; an event stream never
    /// is.
    package var compressesAnswers: Bool
    /// Whether the handler is called before the body is read, and gets it piece by piece (`Request.stream`).
    package var streamsBodies = false

    package init(
        bodyBytesMax: Int? = nil, departedClientCancels: Bool = false, acceptedContentTypes: [String] = [],
        isShedUnderLoad: Bool = false, compressesAnswers: Bool = true
    ) {
        self.bodyBytesMax = bodyBytesMax
        self.departedClientCancels = departedClientCancels
        self.acceptedContentTypes = acceptedContentTypes
        self.isShedUnderLoad = isShedUnderLoad
        self.compressesAnswers = compressesAnswers
    }
}

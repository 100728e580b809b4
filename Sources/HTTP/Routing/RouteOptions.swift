/// What the server must know about a route before its handler runs.
package struct RouteOptions: Sendable {
    /// Bytes of body at most, in place of the server's default; known before the body is read.
    package var bodyBytesMax: Int?
    /// Whether a client that closes its side counts as gone and its handler's task is cancelled.
    package var departedClientCancels: Bool
    /// Media types of the body that are taken, lower case; others get 415. Empty takes all.
    package var acceptedContentTypes: [String]

    package init(
        bodyBytesMax: Int? = nil, departedClientCancels: Bool = false, acceptedContentTypes: [String] = []
    ) {
        self.bodyBytesMax = bodyBytesMax
        self.departedClientCancels = departedClientCancels
        self.acceptedContentTypes = acceptedContentTypes
    }
}

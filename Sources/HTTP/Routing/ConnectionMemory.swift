/// What is kept with a client's connection from one request to the next. Touched only on the connection's loop.
package final class ConnectionMemory: @unchecked Sendable {
    // @unchecked: touched only on the connection's loop.

    /// Whose credential the last request had, as the authenticator notes it.
    package var accepted: AnyObject?

    package init() {}
}

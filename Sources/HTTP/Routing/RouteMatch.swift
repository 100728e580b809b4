/// What the router says of a path and method.
package enum RouteMatch: Sendable {
    case found(Route, PathParameters)
    /// The path exists with these methods only.
    case methodNotAllowed([Method])
    case notFound
    /// The path may not be asked for in this spelling; the reason is for the client.
    case badPath(reason: String)
}

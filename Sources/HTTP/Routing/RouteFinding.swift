/// What the router says to the server; `RouteMatch` is the same for others.
enum RouteFinding {
    case found(RouteEntry, PathParameters)
    case methodNotAllowed([Method])
    case notFound
    case badPath(reason: String)
}

/// A route in the tree, with its parameters in order.
struct RouteEntry: Sendable {
    let route: Route
    let parameters: [(name: String, takesSlash: Bool)]
}

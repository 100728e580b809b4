/// A route in the tree, with its parameters in order. A class, so that finding it hands over one reference.
final class RouteEntry: Sendable {
    let route: Route
    let parameters: [(name: String, takesSlash: Bool)]

    init(route: Route, parameters: [(name: String, takesSlash: Bool)]) {
        self.route = route
        self.parameters = parameters
    }
}

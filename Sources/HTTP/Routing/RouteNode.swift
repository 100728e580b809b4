/// One segment's place in the tree of routes.
struct RouteNode: Sendable {
    var literals: [(bytes: [UInt8], node: Int)] = []
    var parameter: Int?
    var routes: [RouteEntry] = []
    /// Routes that take the rest of the path from here.
    var rests: [RouteEntry] = []
}

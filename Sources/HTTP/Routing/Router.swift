/// Finds a request's route: the path is split at raw `/`, each segment percent-decoded once, and what was decoded is
/// what is compared and what handlers and authorisation see.
package struct Router: Sendable {
    /// In the order of their declaration.
    package let routes: [Route]
    private var tree = RouteTree()
    /// Routes without parameters by the length of their path: a request for one costs a comparison of bytes.
    private var fixed: [[(path: [UInt8], entries: [RouteEntry])]] = []

    /// Throws `RouterError` for a malformed template, for two routes of one method and path, and for a route of CONNECT
    /// or TRACE, which this server refuses.
    package init(_ routes: [Route]) throws {
        self.routes = routes
        for route in routes {
            guard route.method != .connect, route.method != .trace else {
                throw RouterError(template: route.path, reason: "\(route.method.rawValue) is never served")
            }
            try tree.insert(route)
            if !route.path.contains("{") { addFixed(RouteEntry(route: route, parameters: [])) }
        }
    }

    /// Matches a raw path, such as `RequestHead.path`. HEAD is served by GET where it has no route of its own.
    package func match(method: Method, path: String) -> RouteMatch {
        switch find(method, Array(path.utf8)[...]) {
        case .found(let entry, let parameters): .found(entry.route, parameters)
        case .methodNotAllowed(let methods): .methodNotAllowed(methods)
        case .notFound: .notFound
        case .badPath(let reason): .badPath(reason: reason)
        }
    }

    func find(_ method: Method, _ path: ArraySlice<UInt8>) -> RouteFinding {
        if let entry = fixedEntry(method, path) { return .found(entry, PathParameters()) }
        guard path.first == UInt8(ascii: "/") else { return .badPath(reason: "the path does not begin with /") }
        do throws(PathFault) {
            var search = RouteSearch(tree, method, try PathSegment.split(path))
            return search.run()
        } catch {
            return .badPath(reason: error.reason)
        }
    }

    /// Every method that some route serves, for `OPTIONS *`.
    var methods: [Method] { Self.methods(of: routes.map { RouteEntry(route: $0, parameters: []) }, besides: []) }

    static func entry(for method: Method, in entries: [RouteEntry]) -> RouteEntry? {
        entries.first { $0.route.method == method }
            ?? (method == .head ? entries.first { $0.route.method == .get } : nil)
    }

    /// The methods that these routes serve, without repetition; HEAD wherever there is GET.
    static func methods(of entries: [RouteEntry], besides known: [Method]) -> [Method] {
        var methods = known
        for entry in entries where !methods.contains(entry.route.method) { methods.append(entry.route.method) }
        if methods.contains(.get), !methods.contains(.head) { methods.append(.head) }
        return methods
    }

    private func fixedEntry(_ method: Method, _ path: ArraySlice<UInt8>) -> RouteEntry? {
        guard path.count < fixed.count else { return nil }
        for index in fixed[path.count].indices where fixed[path.count][index].path.elementsEqual(path) {
            return Self.entry(for: method, in: fixed[path.count][index].entries)
        }
        return nil
    }

    private mutating func addFixed(_ entry: RouteEntry) {
        let path = Array(entry.route.path.utf8)
        while fixed.count <= path.count { fixed.append([]) }
        if let index = fixed[path.count].firstIndex(where: { $0.path == path }) {
            fixed[path.count][index].entries.append(entry)
        } else {
            fixed[path.count].append((path, [entry]))
        }
    }
}

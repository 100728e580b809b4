/// The routes as a tree of segments, its nodes in one array.
struct RouteTree: Sendable {
    private(set) var nodes = [RouteNode()]

    /// Throws `RouterError` when the method and path are taken.
    mutating func insert(_ route: Route) throws {
        let template = try RouteTemplate(route.path)
        let entry = RouteEntry(route: route, parameters: template.parameters)
        var node = 0
        for segment in template.segments {
            switch segment {
            case .literal(let text): node = child(of: node, literal: Array(text.utf8))
            case .parameter: node = parameter(of: node)
            case .rest:
                try Self.add(entry, to: &nodes[node].rests)
                return
            }
        }
        try Self.add(entry, to: &nodes[node].routes)
    }

    private mutating func child(of node: Int, literal: [UInt8]) -> Int {
        if let known = nodes[node].literals.first(where: { $0.bytes == literal }) { return known.node }
        nodes.append(RouteNode())
        nodes[node].literals.append((literal, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func parameter(of node: Int) -> Int {
        if let known = nodes[node].parameter { return known }
        nodes.append(RouteNode())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }

    private static func add(_ entry: RouteEntry, to entries: inout [RouteEntry]) throws {
        guard !entries.contains(where: { $0.route.method == entry.route.method }) else {
            throw RouterError(template: entry.route.path, reason: "\(entry.route.method.rawValue) is routed twice")
        }
        entries.append(entry)
    }
}

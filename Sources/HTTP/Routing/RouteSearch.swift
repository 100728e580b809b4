/// One walk through the tree. A literal goes before a parameter, a parameter before the rest of the path; a branch that
/// leads nowhere is left again.
struct RouteSearch {
    private let nodes: [RouteNode]
    private let method: Method
    private let segments: [PathSegment]
    private var taken: [PathSegment] = []
    private var found: RouteFinding?
    private var allowed: [Method] = []

    init(_ tree: RouteTree, _ method: Method, _ segments: [PathSegment]) {
        nodes = tree.nodes
        self.method = method
        self.segments = segments
    }

    mutating func run() -> RouteFinding {
        visit(0, 0)
        if let found { return found }
        if !allowed.isEmpty { return .methodNotAllowed(allowed) }
        // Nobody declared to take it: what another reader of this path would make of it is not known.
        if segments.contains(where: \.holdsSlash) { return .badPath(reason: "the path holds an encoded slash") }
        return .notFound
    }

    private mutating func visit(_ index: Int, _ depth: Int) {
        let node = nodes[index]
        guard depth < segments.count else { return take(node.routes) }
        let segment = segments[depth]
        for literal in node.literals where segment.bytes.elementsEqual(literal.bytes) { visit(literal.node, depth + 1) }
        if found == nil, let parameter = node.parameter, !segment.bytes.isEmpty {
            taken.append(segment)
            visit(parameter, depth + 1)
            taken.removeLast()
        }
        if found == nil, !node.rests.isEmpty { takeRest(node.rests, from: depth) }
    }

    private mutating func take(_ entries: [RouteEntry]) {
        let fitting = entries.filter { entry in
            zip(entry.parameters, taken).allSatisfy { $0.takesSlash || !$1.holdsSlash }
        }
        offer(fitting, values: taken.map(\.text))
    }

    private mutating func takeRest(_ entries: [RouteEntry], from depth: Int) {
        let rest = segments[depth...]
        // A slash that was encoded would be taken for one that was not.
        guard !rest.contains(where: \.holdsSlash) else { return }
        let fitting = entries.filter { entry in
            zip(entry.parameters, taken).allSatisfy { $0.takesSlash || !$1.holdsSlash }
        }
        offer(fitting, values: taken.map(\.text) + [rest.map(\.text).joined(separator: "/")])
    }

    private mutating func offer(_ entries: [RouteEntry], values: [String]) {
        guard found == nil, !entries.isEmpty else { return }
        guard let entry = Router.entry(for: method, in: entries) else {
            allowed = Router.methods(of: entries, besides: allowed)
            return
        }
        found = .found(entry, PathParameters(Array(zip(entry.parameters.map(\.name), values))))
    }
}

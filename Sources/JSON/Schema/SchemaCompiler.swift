/// Finds the identifiers of a schema, then compiles every schema that can be reached; a schema that refers to itself
/// becomes a cycle of indexes.
struct SchemaCompiler {
    private(set) var nodes: [SchemaNode] = []
    private(set) var resources: [SchemaResource] = []
    var tracksEvaluation = false
    private var documents: [JSONValue] = []
    private var resourceByURI: [String: Int] = [:]
    private var resourceByRoot: [SchemaLocation: Int] = [:]
    private var nodeByLocation: [SchemaLocation: Int] = [:]
    /// Schemas that have a node but no rules yet: nothing recurses, however long a chain of references is.
    private var pending: [(node: Int, location: SchemaLocation)] = []
    private let known: [String: JSONValue]

    init(known: [String: JSONValue]) {
        self.known = known
    }

    /// Tokens of a pointer to a schema: finding the identifiers recurses as the document is nested.
    private static let depthMax = 512

    mutating func compile(document: JSONValue) throws(JSONSchemaError) -> Int {
        try add(document, uri: "urn:signalbox:schema")
        let root = try node(at: SchemaLocation(document: 0, tokens: []), resource: 0)
        try compilePending()
        // Compiling a dynamic anchor can bring in further documents, so resources are counted anew each time.
        var index = 0
        while index < resources.count {
            for (anchor, location) in resources[index].dynamicAnchors {
                let node = try node(at: location, resource: index)
                resources[index].dynamicNodes[anchor] = node
            }
            try compilePending()
            index += 1
        }
        return root
    }

    // MARK: Identifiers

    private mutating func add(_ document: JSONValue, uri: String) throws(JSONSchemaError) {
        documents.append(document)
        let root = SchemaLocation(document: documents.count - 1, tokens: [])
        let resource = addResource(uri: uri, root: root)
        try register(document, at: root, resource: resource)
    }

    private mutating func addResource(uri: String, root: SchemaLocation) -> Int {
        resources.append(SchemaResource(uri: uri, root: root))
        resourceByURI[uri] = resources.count - 1
        resourceByRoot[root] = resources.count - 1
        return resources.count - 1
    }

    private mutating func register(
        _ schema: JSONValue, at location: SchemaLocation, resource outer: Int
    ) throws(JSONSchemaError) {
        guard case .object(let object) = schema else { return }
        guard location.tokens.count < Self.depthMax else {
            throw JSONSchemaError(pointer: "", reason: "the schema is nested too deeply")
        }
        var resource = outer
        if let id = object["$id"]?.stringValue {
            let uri = URIReference.resolve(id, against: resources[outer].uri).uri
            resource = addResource(uri: uri, root: location)
        }
        if let anchor = object["$anchor"]?.stringValue { resources[resource].anchors[anchor] = location }
        if let anchor = object["$dynamicAnchor"]?.stringValue {
            resources[resource].anchors[anchor] = location
            resources[resource].dynamicAnchors[anchor] = location
        }
        for (key, value) in object {
            switch (SchemaKeywords.children[key], value) {
            case (.one, _): try register(value, at: location.appending(key), resource: resource)
            case (.list, .array(let schemas)):
                for (index, schema) in schemas.enumerated() {
                    try register(schema, at: location.appending(key, String(index)), resource: resource)
                }
            case (.map, .object(let schemas)):
                for (name, schema) in schemas {
                    try register(schema, at: location.appending(key, name), resource: resource)
                }
            default: break
            }
        }
    }

    // MARK: References

    /// The schema that a reference names, seen from `resource`; a dynamic anchor's name when it leads to one.
    mutating func target(
        of reference: String, from resource: Int, at pointer: String
    ) throws(JSONSchemaError) -> (node: Int, anchor: String?) {
        let (uri, fragment) = URIReference.resolve(reference, against: resources[resource].uri)
        if resourceByURI[uri] == nil, let document = known[uri] {
            try add(document, uri: uri)
        } else if resourceByURI[uri] == nil, let documents = SchemaDialect.documents(for: uri) {
            for (uri, document) in documents where resourceByURI[uri] == nil { try add(document, uri: uri) }
        }
        let unknown = JSONSchemaError(pointer: pointer, reason: "the reference leads to no schema that is known here")
        guard let found = resourceByURI[uri] else { throw unknown }
        if fragment.isEmpty { return (try node(at: resources[found].root, resource: found), nil) }
        guard fragment.hasPrefix("/") else {
            guard let location = resources[found].anchors[fragment] else { throw unknown }
            let isDynamic = resources[found].dynamicAnchors[fragment] == location
            return (try node(at: location, resource: found), isDynamic ? fragment : nil)
        }
        guard let steps = try? JSONPointer(parsing: fragment).tokens else { throw unknown }
        var location = resources[found].root
        var inner = found
        for token in steps {
            location = location.appending(token)
            // A pointer may lead through a schema with an identifier of its own, which changes the base.
            inner = resourceByRoot[location] ?? inner
        }
        guard documents[location.document][JSONPointer(tokens: location.tokens)] != nil else { throw unknown }
        return (try node(at: location, resource: inner), nil)
    }

    // MARK: Nodes

    /// The node of the schema at `location`; its rules follow when it is its turn.
    mutating func node(at location: SchemaLocation, resource outer: Int) throws(JSONSchemaError) -> Int {
        if let known = nodeByLocation[location] { return known }
        let index = nodes.count
        nodes.append(SchemaNode(resource: resourceByRoot[location] ?? outer, pointer: location.pointer))
        nodeByLocation[location] = index
        pending.append((index, location))
        return index
    }

    private mutating func compilePending() throws(JSONSchemaError) {
        while let (index, location) = pending.popLast() {
            switch documents[location.document][JSONPointer(tokens: location.tokens)] {
            case .bool(let allowed):
                if !allowed { nodes[index].rules = [SchemaRule(keyword: "", test: .never)] }
            case .object(let object):
                nodes[index].rules = try rules(of: object, at: location, resource: nodes[index].resource)
            default:
                throw JSONSchemaError(pointer: location.pointer, reason: "a schema must be an object or a boolean")
            }
        }
    }
}

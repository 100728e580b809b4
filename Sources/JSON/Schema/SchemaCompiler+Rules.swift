extension SchemaCompiler {
    /// The rules of one schema object, the unevaluated keywords last: they ask what the others have seen.
    mutating func rules(
        of object: JSONObject, at location: SchemaLocation, resource: Int
    ) throws(JSONSchemaError) -> [SchemaRule] {
        var scope = Scope(object: object, location: location, resource: resource)
        try addReferences(&scope)
        try addAssertions(&scope)
        try addCombinations(&scope)
        try addArrays(&scope)
        try addObjects(&scope)
        if let node = try child("unevaluatedItems", scope) {
            tracksEvaluation = true
            scope.add("unevaluatedItems", .unevaluatedItems(node))
        }
        if let node = try child("unevaluatedProperties", scope) {
            tracksEvaluation = true
            scope.add("unevaluatedProperties", .unevaluatedProperties(node))
        }
        return scope.rules
    }

    struct Scope {
        let object: JSONObject
        let location: SchemaLocation
        let resource: Int
        var rules: [SchemaRule] = []

        init(object: JSONObject, location: SchemaLocation, resource: Int) {
            self.object = object
            self.location = location
            self.resource = resource
        }

        mutating func add(_ keyword: String, _ test: SchemaTest) {
            rules.append(SchemaRule(keyword: keyword, test: test))
        }

        func failure(_ keyword: String, _ reason: String) -> JSONSchemaError {
            JSONSchemaError(pointer: location.appending(keyword).pointer, reason: reason)
        }

        /// A keyword that holds a number of things: an integer of at least zero, which may be written `2.0`.
        func count(_ keyword: String) throws(JSONSchemaError) -> Int? {
            guard let value = object[keyword] else { return nil }
            guard let count = value.intValue, count >= 0 else {
                throw failure(keyword, "expected an integer of at least 0")
            }
            return count
        }

        func strings(_ keyword: String, _ value: JSONValue) throws(JSONSchemaError) -> [String] {
            guard let values = value.arrayValue else { throw failure(keyword, "expected an array of strings") }
            let strings = values.compactMap(\.stringValue)
            guard strings.count == values.count else { throw failure(keyword, "expected an array of strings") }
            return strings
        }
    }

    private mutating func child(_ keyword: String, _ scope: Scope) throws(JSONSchemaError) -> Int? {
        guard scope.object[keyword] != nil else { return nil }
        return try node(at: scope.location.appending(keyword), resource: scope.resource)
    }

    private mutating func list(_ keyword: String, _ scope: Scope) throws(JSONSchemaError) -> [Int]? {
        guard let value = scope.object[keyword] else { return nil }
        guard let schemas = value.arrayValue else { throw scope.failure(keyword, "expected an array of schemas") }
        var nodes: [Int] = []
        for index in schemas.indices {
            nodes.append(try node(at: scope.location.appending(keyword, String(index)), resource: scope.resource))
        }
        return nodes
    }

    private mutating func map(
        _ keyword: String, _ scope: Scope
    ) throws(JSONSchemaError) -> [(key: String, node: Int)]? {
        guard let value = scope.object[keyword] else { return nil }
        guard let schemas = value.objectValue else { throw scope.failure(keyword, "expected an object of schemas") }
        var nodes: [(key: String, node: Int)] = []
        for key in schemas.keys {
            nodes.append((key, try node(at: scope.location.appending(keyword, key), resource: scope.resource)))
        }
        return nodes
    }

    private func pattern(
        _ source: String, _ keyword: String, _ scope: Scope
    ) throws(JSONSchemaError) -> LinearPattern {
        do { return try LinearPattern(source) } catch { throw scope.failure(keyword, error.reason) }
    }

    private mutating func addReferences(_ scope: inout Scope) throws(JSONSchemaError) {
        for keyword in ["$ref", "$dynamicRef"] {
            guard let value = scope.object[keyword] else { continue }
            guard let reference = value.stringValue else { throw scope.failure(keyword, "expected a string") }
            let pointer = scope.location.appending(keyword).pointer
            let (node, anchor) = try target(of: reference, from: scope.resource, at: pointer)
            if keyword == "$dynamicRef", let anchor {
                scope.add(keyword, .dynamicReference(fallback: node, anchor: anchor))
            } else {
                scope.add(keyword, .reference(node))
            }
        }
    }

    private mutating func addAssertions(_ scope: inout Scope) throws(JSONSchemaError) {
        if let value = scope.object["type"] {
            let types: [String]
            if let name = value.stringValue { types = [name] } else { types = try scope.strings("type", value) }
            guard types.allSatisfy(SchemaKeywords.types.contains) else { throw scope.failure("type", "unknown type") }
            scope.add("type", .type(types))
        }
        if let value = scope.object["enum"] {
            guard let values = value.arrayValue else { throw scope.failure("enum", "expected an array") }
            scope.add("enum", .oneOfValues(Set(values)))
        }
        if let value = scope.object["const"] { scope.add("const", .oneOfValues([value])) }
        for (keyword, bound) in [
            ("maximum", SchemaTest.Bound.atMost), ("exclusiveMaximum", .below), ("minimum", .atLeast),
            ("exclusiveMinimum", .above),
        ] {
            guard let value = scope.object[keyword] else { continue }
            guard value.kind == .number else { throw scope.failure(keyword, "expected a number") }
            scope.add(keyword, .bound(value, bound))
        }
        if let value = scope.object["multipleOf"] {
            guard let number = value.doubleValue, number > 0 else {
                throw scope.failure("multipleOf", "expected a number above 0")
            }
            scope.add("multipleOf", .multiple(value))
        }
        for (suffix, kind) in [("Length", SchemaTest.SizeOf.string), ("Items", .array), ("Properties", .object)] {
            if let count = try scope.count("max" + suffix) { scope.add("max" + suffix, .size(.atMost(count), kind)) }
            if let count = try scope.count("min" + suffix) { scope.add("min" + suffix, .size(.atLeast(count), kind)) }
        }
        if let value = scope.object["pattern"] {
            guard let source = value.stringValue else { throw scope.failure("pattern", "expected a string") }
            scope.add("pattern", .pattern(try pattern(source, "pattern", scope)))
        }
        if scope.object["uniqueItems"] == true { scope.add("uniqueItems", .unique) }
    }

    private mutating func addCombinations(_ scope: inout Scope) throws(JSONSchemaError) {
        if let nodes = try list("allOf", scope) { scope.add("allOf", .all(nodes)) }
        if let nodes = try list("anyOf", scope) { scope.add("anyOf", .any(nodes)) }
        if let nodes = try list("oneOf", scope) { scope.add("oneOf", .exactlyOne(nodes)) }
        if let node = try child("not", scope) { scope.add("not", .not(node)) }
        let then: Int? = try child("then", scope)
        let otherwise: Int? = try child("else", scope)
        if let node = try child("if", scope) { scope.add("if", .condition(node, then: then, otherwise: otherwise)) }
    }

    private mutating func addArrays(_ scope: inout Scope) throws(JSONSchemaError) {
        let prefix = try list("prefixItems", scope)
        let rest: Int? = try child("items", scope)
        if prefix != nil || rest != nil {
            scope.add(rest == nil ? "prefixItems" : "items", .items(prefix: prefix ?? [], rest: rest))
        }
        let low = try scope.count("minContains")
        let high = try scope.count("maxContains")
        if let node = try child("contains", scope) {
            scope.add("contains", .contains(node, low: low ?? 1, high: high))
        }
    }

    private mutating func addObjects(_ scope: inout Scope) throws(JSONSchemaError) {
        if let value = scope.object["required"] {
            scope.add("required", .required(try scope.strings("required", value)))
        }
        if let value = scope.object["dependentRequired"] {
            guard let object = value.objectValue else {
                throw scope.failure("dependentRequired", "expected an object of arrays of strings")
            }
            var dependencies: [(key: String, required: [String])] = []
            for (key, value) in object { dependencies.append((key, try scope.strings("dependentRequired", value))) }
            scope.add("dependentRequired", .dependentRequired(dependencies))
        }
        if let nodes = try map("dependentSchemas", scope) { scope.add("dependentSchemas", .dependentSchemas(nodes)) }
        let named = try map("properties", scope)
        var patterns: [(pattern: LinearPattern, node: Int)] = []
        for (source, node) in try map("patternProperties", scope) ?? [] {
            patterns.append((try pattern(source, "patternProperties", scope), node))
        }
        let rest: Int? = try child("additionalProperties", scope)
        if named != nil || !patterns.isEmpty || rest != nil {
            let keyword = rest != nil ? "additionalProperties" : named != nil ? "properties" : "patternProperties"
            scope.add(keyword, .properties(named: named ?? [], patterns: patterns, rest: rest))
        }
        if let node = try child("propertyNames", scope) { scope.add("propertyNames", .propertyNames(node)) }
    }
}

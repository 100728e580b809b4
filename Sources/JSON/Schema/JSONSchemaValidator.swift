/// A compiled JSON Schema, draft 2020-12. `format` and the content keywords are annotations, as the draft's default has
/// it. References reach what the schema itself holds, the documents given beside it and the draft's own meta-schemas;
/// nothing is ever fetched.
package struct JSONSchemaValidator: Sendable {
    let nodes: [SchemaNode]
    let resources: [SchemaResource]
    let root: Int
    let tracksEvaluation: Bool

    /// - Parameter documents: other schemas that references may lead to, by absolute identifier without fragment.
    /// - Throws: when a keyword has a value of the wrong kind, a pattern or a reference cannot be resolved.
    package init(_ schema: JSONValue, documents: [String: JSONValue] = [:]) throws(JSONSchemaError) {
        var compiler = SchemaCompiler(known: documents)
        root = try compiler.compile(document: schema)
        nodes = compiler.nodes
        resources = compiler.resources
        tracksEvaluation = compiler.tracksEvaluation
    }

    /// Everything that is wrong with the value, at most a hundred things; empty when it is valid. The work is bounded:
    /// a schema that recurses without end or explodes gives a violation that says so.
    /// - Parameter workMax: schemas applied and values read; the default takes some tenths of a second.
    package func validate(_ value: JSONValue, workMax: Int = 5_000_000) -> [JSONSchemaViolation] {
        var evaluator = SchemaEvaluator(schema: self, workMax: workMax)
        return evaluator.run(value)
    }

    /// Whether the value is valid, without collecting why not.
    package func isValid(_ value: JSONValue, workMax: Int = 5_000_000) -> Bool {
        var evaluator = SchemaEvaluator(schema: self, workMax: workMax, quietly: true)
        return evaluator.run(value).isEmpty
    }
}

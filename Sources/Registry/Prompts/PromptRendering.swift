import Domain
import JSON
import REST
import SQL

/// `POST …/render`: what a version says with these variables, without calling anything.
struct PromptRendering {
    static let schema = Schema.object([
        .optional("version", .integer(1...Int(Int32.max))),
        .optional("label", .name, "production by default"),
        .optional("variables", .map(.any(description: "a value"), keys: { _ in nil }, max: 1_024)),
    ])

    let prompt: RegisteredThing
    let body: JSONValue
    let project: String

    /// - Throws: 422 for a version or label that is not there, and for every missing variable by its name.
    func rendered(from connection: any Connection) throws -> JSONValue {
        let version = try version(from: connection)
        do {
            let compiled = try CompiledPrompt(document: .object(version.document))
            return try compiled.rendered(body["variables"]?.objectValue ?? [:])
        } catch let missing as CompiledPrompt.MissingVariables {
            throw Problem.invalid(
                missing.names.map { name in
                    let path = name.split(separator: ".").map { JSONPointer.escaped(String($0)) }
                    return FieldError(
                        "/variables/\(path.joined(separator: "/"))", "is missing: the prompt asks for {{\(name)}}")
                })
        }
    }

    private func version(from connection: any Connection) throws -> PromptVersionRecord {
        let number: Int
        if let written = body["version"]?.intValue {
            guard body["label"] == nil else {
                throw Problem.invalid("/label", "must not be given beside version")
            }
            number = written
        } else {
            let label = body["label"]?.stringValue ?? "production"
            guard
                let pointer = try PointerStore.labels.find(label, of: prompt, project: project, in: connection)
            else { throw Problem.invalid("/label", "\(label) is not a label of the prompt \(prompt.name)") }
            number = pointer.version
        }
        guard let found = try PromptVersionStore.find(number, of: prompt, project: project, in: connection) else {
            throw Problem.invalid("/version", "is not a version of the prompt \(prompt.name)")
        }
        return found
    }
}

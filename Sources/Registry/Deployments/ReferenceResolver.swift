import Domain
import JSON
import REST
import SQL

/// Finds what the references of a deployment mean now.
struct ReferenceResolver {
    let project: String
    let connection: any Connection

    private static let provider = """
        SELECT p.name, p.deleted_at FROM model_versions v JOIN providers p ON p.id = v.provider_id
        WHERE v.project_id = $1 AND v.model_id = $2 AND v.version = $3
        """

    /// - Throws: 422 with every reference that leads nowhere, at its pointer.
    func pinned(_ variants: [VariantContent]) throws -> [PinnedVariant] {
        var errors = [FieldError]()
        var pinned = [PinnedVariant]()
        for (index, variant) in variants.enumerated() {
            let model = try resolve(variant.model, .models, .aliases, at: "/variants/\(index)/model", &errors)
            var prompt: PinnedReference?
            if let text = variant.prompt {
                prompt = try resolve(text, .prompts, .labels, at: "/variants/\(index)/prompt", &errors)
            }
            guard let model else { continue }
            if let gone = try deletedProvider(of: model) {
                errors.append(.init("/variants/\(index)/model", "runs on the provider \(gone), which was deleted"))
            }
            var found = PinnedVariant(content: variant, model: model, prompt: prompt)
            found.upstreams = try upstreams(of: variant, at: "/variants/\(index)/upstreams", &errors)
            pinned.append(found)
        }
        guard errors.isEmpty else { throw Problem.invalid(errors) }
        return pinned
    }

    /// - Throws: 422 where the deployment that is to make vectors is not there.
    func requireEmbeddings(_ options: DeploymentOptions, in environment: String) throws {
        guard let wanted = options.cache?.semantic?.embeddings, try !hasEmbeddings(wanted, environment) else { return }
        throw Problem.invalid("/cache/semantic/embeddings", "the deployment \(wanted) does not exist in \(environment)")
    }

    /// As callers' names are looked up: in the same environment, else in production.
    func hasEmbeddings(_ name: String, _ environment: String) throws -> Bool {
        try Set([environment, "production"]).contains { environment in
            try DeploymentStore.find(name, environment: environment, project: project, in: connection) != nil
        }
    }

    private func upstreams(
        of variant: VariantContent, at place: String, _ errors: inout [FieldError]
    ) throws -> [PinnedUpstream] {
        var found = [PinnedUpstream]()
        for (index, upstream) in variant.upstreams.enumerated() {
            if let provider = try ProviderStore.find(upstream.provider, project: project, in: connection) {
                found.append(PinnedUpstream(content: upstream, providerID: provider.id))
            } else {
                errors.append(
                    .init("\(place)/\(index)/provider", "the provider \(upstream.provider) does not exist"))
            }
        }
        return found
    }

    /// - Returns: the name of the first provider of its upstreams that was deleted, if so.
    func deletedProvider(of upstreams: [PinnedUpstream]) throws -> String? {
        try upstreams.first { upstream in
            try ProviderStore.find(upstream.content.provider, project: project, in: connection)?.id
                != upstream.providerID
        }?.content.provider
    }

    /// - Returns: the name of the deleted provider that the version runs on, if so.
    func deletedProvider(of model: PinnedReference) throws -> String? {
        let found = try connection.first(
            Self.provider, [.text(project), .text(model.id), SQLValue(model.version)]
        ) { (name: try $0.text(0), isDeleted: try !$0.isNull(1)) }
        return found.flatMap { $0.isDeleted ? $0.name : nil }
    }

    private func resolve(
        _ text: String, _ table: RegisteredThingTable, _ pointers: PointerStore, at place: String,
        _ errors: inout [FieldError]
    ) throws -> PinnedReference? {
        let kind = pointers.kind
        guard let reference = Reference(parsing: text, allowingFolders: kind == .label) else {
            errors.append(.init(place, "must be <\(kind.thing)>@<version> or <\(kind.thing)>@<\(kind.rawValue)>"))
            return nil
        }
        guard let thing = try table.find(reference.name, project: project, in: connection) else {
            errors.append(.init(place, "the \(kind.thing) \(reference.name) does not exist"))
            return nil
        }
        switch reference.target {
        case .version(let version):
            guard try pointers.hasVersion(version, of: thing.id, project: project, in: connection) else {
                errors.append(.init(place, "the \(kind.thing) \(thing.name) has no version \(version)"))
                return nil
            }
            return PinnedReference(id: thing.id, name: thing.name, version: version)
        case .pointer(let name):
            guard let pointer = try pointers.find(name, of: thing, project: project, in: connection) else {
                errors.append(.init(place, "the \(kind.thing) \(thing.name) has no \(kind.rawValue) \(name)"))
                return nil
            }
            return PinnedReference(id: thing.id, name: thing.name, version: pointer.version)
        }
    }
}

import Domain
import JSON
import SQL

/// A deployment and the revision that serves.
struct DeploymentRecord: Sendable {
    let id: String
    let name: String
    let environment: String
    let createdAt: Timestamp
    let createdBy: String
    var revision: RevisionRecord

    /// As the audit log names it.
    var resource: String {
        "deployments/\(environment)/\(name)/revisions/\(revision.number)"
    }

    var location: String {
        "/api/v1/deployments/\(name)" + (environment == "production" ? "" : "?environment=\(environment)")
    }

    var revisionLocation: String {
        "/api/v1/deployments/\(name)/revisions/\(revision.number)"
            + (environment == "production" ? "" : "?environment=\(environment)")
    }

    /// What a caller may write.
    var writable: JSONValue {
        var object = revision.content
        object.removeValue(forKey: "pinned")
        object["name"] = .string(name)
        object["environment"] = .string(environment)
        return .object(object)
    }

    var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "name": .string(name), "environment": .string(environment),
            "revision": JSONValue(revision.number),
        ]
        for (key, value) in revision.content { object[key] = value }
        object["created_at"] = .string(createdAt.text)
        object["created_by"] = .string(createdBy)
        object["updated_at"] = .string(revision.activeFrom.text)
        object["updated_by"] = .string(revision.by)
        return .object(object)
    }

    var revisionJSON: JSONValue {
        revision.json(deployment: name, environment: environment)
    }

    /// Lets every reference that is written `reference` mean another version; all others stay what they meant.
    mutating func repin(_ kind: PointerKind, reference: String, version: Int) {
        for index in revision.variants.indices {
            let variant = revision.variants[index]
            switch kind {
            case .alias where variant.content.model == reference:
                revision.variants[index].model = PinnedReference(
                    id: variant.model.id, name: variant.model.name, version: version)
            case .label where variant.content.prompt == reference:
                revision.variants[index].prompt = variant.prompt.map {
                    PinnedReference(id: $0.id, name: $0.name, version: version)
                }
            default: continue
            }
        }
    }

    /// Stores the content of `revision` as the next revision, which serves from now on.
    func succeed(
        by actor: String, cause: RevisionRecord.Cause, reason: String?, at now: Timestamp, project: String,
        in transaction: any Transaction
    ) throws -> DeploymentRecord {
        let latest = try RevisionStore.latest(of: id, project: project, in: transaction)
        var next = self
        next.revision = RevisionRecord(
            number: latest + 1, activeFrom: now, activeTo: nil, by: actor, cause: cause, reason: reason,
            options: revision.options, variants: revision.variants)
        try RevisionStore.activate(next.revision, of: id, project: project, in: transaction)
        return next
    }
}

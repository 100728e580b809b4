import Domain
import JSON
import REST

/// A row of `providers`. The credential stays sealed.
struct ProviderRecord: Sendable {
    let id: String
    let name: String
    /// The name of a `ProviderKind`.
    var kind: String
    var baseURL: String
    var credential: [UInt8]?
    var credentialSetAt: Timestamp?
    var region: String?
    var allowPrivate: Bool
    var headers: JSONObject
    /// Those of its kind that it was given, by name.
    var settings: JSONObject
    var limits: RateLimits?
    let createdAt: Timestamp
    let createdBy: String
    var updatedAt: Timestamp

    /// Binds the sealed credential to its row: moved to another it does not open.
    static func sealingContext(project: String, id: String) -> String {
        ProviderCredential.sealingContext(project: project, id: id)
    }

    /// What a caller may write, without the credential, which is write-only.
    var writable: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "kind": .string(kind), "base_url": .string(baseURL),
            "allow_private": .bool(allowPrivate), "headers": .object(headers), "settings": .object(settings),
        ]
        object.setIfPresent("region", region.map(JSONValue.string))
        object.setIfPresent("limits", limits?.json)
        return .object(object)
    }

    /// The same without an address that nobody wrote: the kind's own, as it was for the settings.
    func writable(kinds: ProviderKinds) -> JSONValue {
        guard kinds[kind]?.baseURL(settings).flatMap({ try? BaseURL(parsing: $0).text }) == baseURL,
            var document = writable.objectValue
        else { return writable }
        document.removeValue(forKey: "base_url")
        return .object(document)
    }

    var json: JSONValue {
        [
            "id": .string(id), "name": .string(name), "kind": .string(kind), "base_url": .string(baseURL),
            "credential_set": .bool(credential != nil), "credential_set_at": JSONValue(credentialSetAt?.text),
            "region": JSONValue(region), "allow_private": .bool(allowPrivate), "headers": .object(headers),
            "settings": .object(settings), "created_at": .string(createdAt.text), "created_by": .string(createdBy),
            "limits": limits?.json ?? .null, "updated_at": .string(updatedAt.text),
        ]
    }

    /// Takes over what a validated document says, but for the credential.
    mutating func apply(_ document: JSONValue, kinds: ProviderKinds) throws {
        guard let kind = document["kind"]?.stringValue.flatMap({ kinds[$0] }),
            let written = document["base_url"]?.stringValue
                ?? kind.baseURL(document["settings"]?.objectValue ?? [:])
        else { throw Problem.invalid("", "must have kind and base_url") }
        self.kind = kind.name
        baseURL = try BaseURL(parsing: written).text
        region = document["region"]?.stringValue
        allowPrivate = document["allow_private"]?.boolValue ?? false
        headers = document["headers"]?.objectValue ?? [:]
        settings = document["settings"]?.objectValue ?? [:]
        limits = RateLimits(document["limits"])
    }
}

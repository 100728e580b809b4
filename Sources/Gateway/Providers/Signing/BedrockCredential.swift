import AWS
import Domain
import JSON

/// What stands in the credential of a Bedrock provider: `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, with `:SESSION_TOKEN` behind
/// it where there is one, or an API key.
enum BedrockCredential {
    /// Keys for long and for short use (userguide/api-keys-how).
    private static let apiKeyPrefixes = ["ABSK", "bedrock-api-key-"]

    private static func isAPIKey(_ text: String) -> Bool {
        !text.contains(":") && apiKeyPrefixes.contains { text.hasPrefix($0) }
    }

    static func access(_ credential: String, for provider: LiveProvider) -> WireKind.Access {
        if isAPIKey(credential) { return .fields([(name: "Authorization", value: "Bearer " + credential)]) }
        guard let parsed = try? AccessCredentials(parsing: credential) else { return .unusable }
        let region = provider.settings["region"] ?? BedrockRegion.standard
        return .signed(AWSSigning(parsed, region: region, service: "bedrock"))
    }

    static func violations(in document: JSONValue) -> [Violation] {
        guard let text = document["credential"]?.stringValue, !isAPIKey(text) else { return [] }
        do throws(AccessCredentials.Invalid) {
            _ = try AccessCredentials(parsing: text)
            return []
        } catch {
            return [Violation("/credential", error.reason + "; or an API key of Bedrock's")]
        }
    }
}

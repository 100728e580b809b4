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
        let region = provider.settings["region"] ?? "us-east-1"
        return .signed(AWSSigning(RequestSigner(parsed, region: region, service: "bedrock")))
    }

    static func violations(in document: JSONValue) -> [Violation] {
        var violations: [Violation] = []
        if let text = document["credential"]?.stringValue, !isAPIKey(text) {
            do throws(AccessCredentials.Invalid) {
                _ = try AccessCredentials(parsing: text)
            } catch {
                violations.append(Violation("/credential", error.reason + "; or an API key of Bedrock's"))
            }
        }
        // `bedrock-runtime.eu-central-1.amazonaws.com`, with `-fips` too: a signature for another region is refused.
        let labels = Authority.labels(of: document["base_url"]?.stringValue)
        let region = document["settings"]?["region"]?.stringValue ?? "us-east-1"
        if labels.count >= 4, labels[0].hasPrefix("bedrock-runtime"), labels[2] == "amazonaws", labels[1] != region {
            violations.append(Violation("/settings/region", "must be \(labels[1]), which base_url is in"))
        }
        return violations
    }
}

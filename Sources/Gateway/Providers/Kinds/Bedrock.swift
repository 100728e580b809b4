import Domain
import Translation

extension WireKind {
    /// docs.aws.amazon.com/bedrock/latest/APIReference, API_runtime_Converse and API_runtime_ConverseStream, and
    /// …/userguide/api-keys (read 2026-11): requests are signed with an access key, or bear an API key of Bedrock's;
    /// streams are binary frames. Vectors are a matter of each model's own format, and not had here.
    static let bedrock = WireKind(
        "bedrock", place: { BedrockRegion.address(of: $0) }, paths: [:],
        authentication: .chosen { provider, credential in BedrockCredential.access(credential, for: provider) },
        settings: [.init("region", standard: BedrockRegion.standard, "the region that is asked and signed for")],
        rules: { BedrockCredential.violations(in: $0) + BedrockRegion.violations(in: $0) },
        conversations: ConversationPort(
            Converse.self, path: "/model/{model}/converse", streamPath: "/model/{model}/converse-stream",
            framing: { AWSFraming() }))
}

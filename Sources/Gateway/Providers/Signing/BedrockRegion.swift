import Domain
import JSON

/// Where Bedrock is asked (docs.aws.amazon.com/general/latest/gr/bedrock, read 2026-11), which must be the region that
/// requests are signed for.
enum BedrockRegion {
    static let standard = "us-east-1"

    static func address(of settings: JSONObject) -> String {
        "https://bedrock-runtime.\(settings["region"]?.stringValue ?? standard).amazonaws.com"
    }

    /// `bedrock-runtime.eu-central-1.amazonaws.com`, with `-fips` too: a signature for another region is refused.
    static func violations(in document: JSONValue) -> [Violation] {
        let labels = Authority.labels(of: document["base_url"]?.stringValue)
        let region = document["settings"]?["region"]?.stringValue ?? standard
        guard labels.count >= 4, labels[0].hasPrefix("bedrock-runtime"), labels[2] == "amazonaws", labels[1] != region
        else { return [] }
        return [Violation("/settings/region", "must be \(labels[1]), which base_url is in")]
    }
}

import Domain
import JSON

/// What must hold between the address of a Google provider and its settings.
enum GoogleAddress {
    /// The version is a setting: in the address it would stand twice in the path.
    static func versionViolations(in document: JSONValue) -> [Violation] {
        guard let written = document["base_url"]?.stringValue,
            let last = written.split(separator: "/").last, ["v1", "v1beta", "v1beta1", "v1alpha"].contains(last)
        else { return [] }
        return [Violation("/base_url", "must not end in \(last), which the setting api_version says")]
    }

    /// The host of a location (cloud.google.com/vertex-ai/generative-ai/docs/learn/locations, read 2026-11): regions
    /// stand before its name, `us` and `eu` have one of their own, and the rest is served by the one of `global`.
    static func vertex(_ settings: JSONObject) -> String {
        let location = settings["location"]?.stringValue ?? global
        if ownHosts.contains(location) { return "https://aiplatform.\(location).rep.googleapis.com" }
        return isRegion(location)
            ? "https://\(location)-aiplatform.googleapis.com" : "https://aiplatform.googleapis.com"
    }

    private static let global = "global"
    private static let ownHosts: Set<String> = ["us", "eu"]

    /// Multi-regions (`europe`, `asia`) have no number.
    private static func isRegion(_ location: String) -> Bool { location.utf8.last.map { $0 &- 48 < 10 } ?? false }

    /// A host that is in one place serves no other.
    static func locationViolations(in document: JSONValue) -> [Violation] {
        let location = document["settings"]?["location"]?.stringValue ?? global
        let labels = Authority.labels(of: document["base_url"]?.stringValue)
        let wanted: String
        if labels == ["aiplatform", "googleapis", "com"] {
            guard isRegion(location) else { return [] }
            wanted = "global or a multi-region"
        } else if labels.count == 3, labels[1] == "googleapis", labels[0].hasSuffix("-aiplatform") {
            wanted = String(labels[0].dropLast("-aiplatform".count))
        } else if labels.count == 5, labels[0] == "aiplatform", labels[2...] == ["rep", "googleapis", "com"] {
            wanted = labels[1]
        } else {
            return []
        }
        guard location != wanted else { return [] }
        return [Violation("/settings/location", "must be \(wanted), which base_url is in")]
    }
}

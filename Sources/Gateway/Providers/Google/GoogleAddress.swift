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

    /// `europe-west4-aiplatform.googleapis.com` is in `europe-west4`, and the host without a region is `global`.
    static func locationViolations(in document: JSONValue) -> [Violation] {
        let labels = Authority.labels(of: document["base_url"]?.stringValue)
        let suffix = "aiplatform"
        guard labels.count == 3, labels[1] == "googleapis", labels[0].hasSuffix(suffix) else { return [] }
        let place = labels[0].dropLast(suffix.count)
        let wanted = place.isEmpty ? "global" : String(place.dropLast())
        guard document["settings"]?["location"]?.stringValue ?? "global" != wanted else { return [] }
        return [Violation("/settings/location", "must be \(wanted), which base_url is in")]
    }
}

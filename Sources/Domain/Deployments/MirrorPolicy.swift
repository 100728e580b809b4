package import JSON

/// Which share of a deployment's requests a shadow is asked too, after their callers were answered.
package struct MirrorPolicy: Sendable, Hashable {
    package static let concurrentMax = 256
    package static let perMinuteMax = 6_000

    /// The name of the variant that is the shadow.
    package let variant: String
    /// Of the requests that go to other variants.
    package let share: Weight
    /// Copies that are under way at one time.
    package let concurrent: Int
    /// Copies that begin within any sixty seconds.
    package let perMinute: Int

    package init(variant: String, share: Weight, concurrent: Int = 4, perMinute: Int = 60) {
        self.variant = variant
        self.share = share
        self.concurrent = concurrent
        self.perMinute = perMinute
    }

    /// - Returns: nil when the document is not what schema and `DeploymentRules` let through.
    package init?(_ document: JSONValue) {
        guard let variant = document["variant"]?.stringValue,
            let share = document["share"]?.doubleValue.flatMap({ Weight(percent: $0) })
        else { return nil }
        let standard = MirrorPolicy(variant: variant, share: share)
        self.init(
            variant: variant, share: share, concurrent: document["concurrent"]?.intValue ?? standard.concurrent,
            perMinute: document["per_minute"]?.intValue ?? standard.perMinute)
    }

    /// As it is written.
    package var json: JSONValue {
        [
            "variant": .string(variant), "share": share.json, "concurrent": JSONValue(concurrent),
            "per_minute": JSONValue(perMinute),
        ]
    }
}

import Domain
import JSON

@testable import Gateway

/// A deployment `bot` that hedges, in front of scripted upstreams.
extension Rig {
    static func hedging(
        _ variants: [LiveVariant], afterMilliseconds: Int = 20, options: JSONObject = [:],
        cache: CachePolicy? = nil, resilience: Resilience = .unsaid, settings: GatewaySettings = GatewaySettings()
    ) async throws -> Rig {
        var options = options
        if options["hedge"] == nil {
            options["hedge"] = ["after_ms": JSONValue(afterMilliseconds), "share_max": 20]
        }
        let bot = deployment(
            "bot", variants, fallbacks: Array(variants.indices.dropFirst()), options: .object(options), cache: cache,
            resilience: resilience)
        return try await Rig([bot], settings: settings)
    }

    /// All of its traffic to the first, the others its fallbacks in order.
    static func hedging(
        _ upstreams: [ScriptedUpstream], afterMilliseconds: Int = 20, options: JSONObject = [:],
        cache: CachePolicy? = nil, resilience: Resilience = .unsaid, settings: GatewaySettings = GatewaySettings()
    ) async throws -> Rig {
        let variants = upstreams.enumerated().map { index, upstream in
            variant("v\(index)", upstream.baseURL, weight: index == 0 ? 100 : 0)
        }
        return try await hedging(
            variants, afterMilliseconds: afterMilliseconds, options: options, cache: cache, resilience: resilience,
            settings: settings)
    }

    func hedges(_ fate: HedgeFate) -> Int {
        gateway.hedges.all.flatMap(\.counts).first { $0.fate == fate }?.count ?? 0
    }

    /// How many there were of all fates.
    var hedgeCount: Int { gateway.hedges.all.flatMap(\.counts).reduce(0) { $0 + $1.count } }

    /// Waits until so many came to that.
    func hedged(_ fate: HedgeFate, _ count: Int = 1) async {
        while hedges(fate) < count { await Task.yield() }
    }
}

extension ScriptedUpstream {
    /// Answers as it is asked, plain or streamed.
    static func answering(after steps: [Step] = [], status: Int = 200) throws -> ScriptedUpstream {
        try ScriptedUpstream { request, _ in
            guard status == 200 else { return steps + plain("{}", status: status) }
            return steps
                + (request.text.contains("\"stream\":true") ? stream(["4", "2"]) : plain(completion))
        }
    }

    static func silent() throws -> ScriptedUpstream { try ScriptedUpstream([.untilDeparture]) }
}

import Domain
import Glibc
import JSON
import Testing

@testable import Gateway

/// A deployment `bot` whose questions are compared by the vectors of `embedder`. Of a text the angle is what counts: a
/// degree for every exclamation mark, a right angle away where it is about bread.
struct AlikeRig {
    let chat: ScriptedUpstream
    let embedder: ScriptedUpstream
    let rig: Rig
    let clock = HandMonotonic()

    init(
        policy: SemanticPolicy = SemanticPolicy(embeddings: "embedder"), seconds: Int = 60,
        scope: CachePolicy.Scope = .deployment, chat: ScriptedUpstream? = nil, embedder: ScriptedUpstream? = nil,
        options: JSONValue = [:], embedderOptions: JSONValue = [:], principal: Principal? = nil,
        settings: GatewaySettings = GatewaySettings(), regions: (bot: String?, embedder: String?) = (nil, nil),
        meters: MeterBook? = nil, further: [LiveVariant] = []
    ) async throws {
        let chat = try chat ?? Self.numbered()
        let embedder = try embedder ?? Self.embedding { Self.vector(of: $0) }
        self.chat = chat
        self.embedder = embedder
        let first = Rig.variant("e", embedder.baseURL, weight: 100, region: regions.embedder)
        let bot = Rig.deployment(
            "bot", [Rig.variant("v0", chat.baseURL, weight: 100, region: regions.bot)], options: options,
            cache: CachePolicy(seconds: seconds, scope: scope, semantic: policy))
        rig = try await Rig(
            [
                bot,
                Rig.deployment(
                    "embedder", [first] + further, fallbacks: Array(further.indices.map { $0 + 1 }),
                    options: embedderOptions),
            ],
            principal: principal, settings: settings, meters: meters, cacheClock: { [clock] in clock.now })
    }

    static func numbered() throws -> ScriptedUpstream {
        try ScriptedUpstream { request, index in
            if request.text.contains("\"stream\":true") { return ScriptedUpstream.stream(["answer ", "\(index)"]) }
            return ScriptedUpstream.plain(
                #"{"choices":[{"message":{"content":"answer \#(index)"},"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":1000,"completion_tokens":500}}"#)
        }
    }

    static func embedding(_ vector: @escaping @Sendable (String) -> String) throws -> ScriptedUpstream {
        try ScriptedUpstream { request, _ in ScriptedUpstream.plain(answer(vector(input(of: request)))) }
    }

    static func input(of request: WireMessage) -> String {
        (try? JSONValue(parsing: request.body))?["input"]?.stringValue ?? ""
    }

    static func answer(_ vector: String) -> String {
        #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":\#(vector)}],"#
            + #""usage":{"prompt_tokens":50,"total_tokens":50}}"#
    }

    static func vector(of text: String, dimension: Int = 3) -> String {
        let degrees = Double(text.count { $0 == "!" }) + (text.contains("bread") ? 90 : 0)
        let angle = degrees * .pi / 180
        let rest = Array(repeating: "0", count: dimension - 2)
        // Their length does not matter.
        return "[" + (["\(3 * cos(angle))", "\(3 * sin(angle))"] + rest).joined(separator: ",") + "]"
    }

    static func ask(_ text: String, _ members: String = "") -> String {
        #"{"model":"bot","messages":[{"role":"user","content":"\#(text)"}]\#(members)}"#
    }

    func post(_ text: String, _ members: String = "", fields: [String] = []) async throws -> WireMessage {
        try await rig.post(Self.ask(text, members), fields: fields)
    }

    /// What the cache was to a question, and how much alike.
    func cache(_ body: String, fields: [String] = [], path: String = "/v1/chat/completions") async throws -> String {
        let answer = try await rig.post(body, fields: fields, path: path)
        return [answer["x-signalbox-cache"], answer["x-signalbox-cache-similarity"]].compactMap(\.self)
            .joined(separator: " ")
    }

    /// Of `bot`, which was asked before.
    var tally: CacheTally {
        get throws { try #require(rig.gateway.cache.all.first { $0.deployment == "bot" }) }
    }

    var vectors: VectorIndex { rig.gateway.cache.vectors }
}

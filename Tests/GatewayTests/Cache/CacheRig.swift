import Domain
import Gateway
import Reactor
import Synchronization

/// A monotonic clock that is moved by hand.
final class HandMonotonic: Sendable {
    private let nanoseconds = Mutex<UInt64>(1_000_000_000)

    var now: MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds.withLock { $0 }) }

    func advance(seconds: UInt64) { nanoseconds.withLock { $0 += seconds * 1_000_000_000 } }
}

extension Rig {
    /// One deployment `bot` that keeps answers for a minute, its variants alike in weight or all to the first.
    static func caching(
        _ upstreams: [String], policy: CachePolicy = CachePolicy(seconds: 60), unit: AssignmentUnit = .user,
        storesBodies: Bool = false, settings: GatewaySettings = GatewaySettings(), pinned: [LiveDeployment] = [],
        clock: HandMonotonic? = nil, prompt: CompiledPrompt? = nil, loops: [EventLoop] = Rig.loops,
        archive: (any AnswerArchive)? = nil
    ) async throws -> Rig {
        let variants = upstreams.enumerated().map { index, url in
            variant("v\(index)", url, weight: index == 0 ? 100 : 0, prompt: prompt)
        }
        let bot = deployment(
            "bot", variants, fallbacks: Array(variants.indices.dropFirst()), unit: unit, storesBodies: storesBodies,
            cache: policy)
        let now: AnswerCache.Clock = if let clock { { clock.now } } else { { .now() } }
        return try await Rig(
            [bot], pinned: pinned, settings: settings, archive: archive, serving: loops, cacheClock: now)
    }

    /// Returns when the loop has seen what came before: for a rig on one loop.
    func turn() async throws {
        for _ in 0..<3 { _ = try await get("/nothing") }
    }

    /// Returns when so many have waited for another's call.
    func followers(_ count: Int) async {
        while gateway.cache.all.reduce(0, { $0 + $1.followers }) < count { await Task.yield() }
    }

    var hits: Int { gateway.cache.all.reduce(0) { $0 + $1.hits } }
    var misses: Int { gateway.cache.all.reduce(0) { $0 + $1.misses } }
    var bypasses: Int { gateway.cache.all.reduce(0) { $0 + $1.bypasses } }
    var entries: Int { gateway.cache.all.reduce(0) { $0 + $1.entries } }
}

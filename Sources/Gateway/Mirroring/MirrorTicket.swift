import Domain
import HTTP
import Reactor

/// That an inference is to be copied for a shadow when it has ended.
final class MirrorTicket: Sendable {
    let gateway: Gateway
    let mirror: Mirror
    let head: RequestHead
    let loop: EventLoop
    let chat: CallerRequest
    let principal: Principal
    /// Those that hold for the request.
    let regions: [RegionRule]

    init(
        _ gateway: Gateway, _ mirror: Mirror, _ request: Request, _ chat: CallerRequest, _ principal: Principal,
        within regions: [RegionRule]
    ) {
        self.gateway = gateway
        self.mirror = mirror
        head = request.head
        loop = request.loop
        self.chat = chat
        self.principal = principal
        self.regions = regions
    }

    /// Its answer is about to go out, or has gone out. From any thread.
    func liveEnded(_ live: Outcome) {
        switch live.status {
        case .ok, .upstreamError, .upstreamTimeout, .brokenStream: break
        // There is nothing to compare with.
        case .rateLimited, .blocked, .invalidRequest, .clientClosed: return
        }
        // Nor would a copy of what the shadow itself has answered, or of what no provider was asked for, tell anything.
        guard live.origin == .traffic, live.cache != .hit, live.servedBy != mirror.policy.variant else { return }
        // When this turn's own work is done, the last bytes of the answer among it.
        loop.execute { Shadow.begin(self, live) }
    }
}

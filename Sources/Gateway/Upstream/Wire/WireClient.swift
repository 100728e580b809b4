import CCurl
import HTTP
import Reactor

/// One loop's upstream connections, and the buffers that they lend each other. Touched only on its loop's thread.
final class WireClient: @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.

    private struct Entry {
        /// Held, so that the identifier in the key is never another target's.
        let target: UpstreamTarget
        let pool: WirePool
    }

    let loop: EventLoop
    let limits: UpstreamLimits
    let wireLimits: WireLimits
    let share: UnsafeMutableRawPointer?
    var idleCount = 0
    private let watch: TransferWatch
    private var pools: [RequestHeadTemplate.Origin: WirePool] = [:]
    private var known: [ObjectIdentifier: Entry] = [:]
    /// The one that was used last: commonly the next one too.
    private var last: Entry?
    private var output: [UInt8] = []
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private var sweep: TimerToken?

    /// Those of replaced deployments are let go of beyond this.
    private static let targetsMax = 64
    /// A request above this size does not leave its buffer behind.
    private static let outputKeptBytesMax = 1 << 20

    var inputBytes: Int { input.count }

    init(loop: EventLoop, limits: UpstreamLimits) {
        self.loop = loop
        self.limits = limits
        var wire = WireLimits()
        wire.headerBytesMax = limits.headBytesMax
        wireLimits = wire
        share = ccurl_share()
        watch = TransferWatch(loop: loop)
    }

    deinit {
        input.deallocate()
        _ = curl_share_cleanup(share)
    }

    func begin(_ request: UpstreamRequest) -> Transfer {
        let transfer = Transfer(request, watch: watch)
        guard let pool = pool(for: request.target) else {
            transfer.end(.misconfigured)
            return transfer
        }
        watch.add(transfer)
        pool.start(transfer)
        return transfer
    }

    private func pool(for target: UpstreamTarget) -> WirePool? {
        if let last, last.target === target { return last.pool }
        if let entry = known[ObjectIdentifier(target)] {
            last = entry
            return entry.pool
        }
        guard let head = target.head else { return nil }
        let pool = pools[head.origin] ?? WirePool(client: self, head: head)
        pools[head.origin] = pool
        if known.count >= Self.targetsMax { known.removeAll() }
        known[ObjectIdentifier(target)] = Entry(target: target, pool: pool)
        if sweep == nil { sweepLater() }
        return pool
    }

    private func sweepLater() {
        sweep = loop.schedule(after: .nanoseconds(Int64(limits.idleNanosecondsMax / 4))) { [weak self] in
            guard let self else { return }
            let now = loop.now().nanoseconds
            for pool in pools.values { pool.closeIdle(since: now - min(now, limits.idleNanosecondsMax)) }
            sweepLater()
        }
    }

    /// Ends everything, and with it the rings of pools and this. Its transport is gone.
    func stop() {
        sweep?.cancel()
        sweep = nil
        watch.stop()
        for pool in pools.values { pool.stop() }
        pools.removeAll()
        known.removeAll()
        last = nil
    }

    /// Lends the buffer that requests are put together in, empty.
    func withOutput(_ body: (inout [UInt8]) -> Void) {
        body(&output)
        output.removeAll(keepingCapacity: output.capacity <= Self.outputKeptBytesMax)
    }

    /// Reads once into the loop's buffer, and gives `take` what came. `isFull`: there may be more.
    func receive(
        from channel: Channel, _ take: (UnsafeRawBufferPointer) -> Void
    ) -> (Channel.Reading, isFull: Bool) {
        let reading = channel.read(into: input)
        guard case .bytes(let count) = reading else { return (reading, false) }
        take(UnsafeRawBufferPointer(rebasing: input[..<count]))
        return (reading, count == input.count)
    }
}

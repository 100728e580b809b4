import Reactor
import Synchronization

/// Counts a server's connections over all its loops, and by address, and wakes the listeners that paused at the cap.
final class Admission: Sendable {
    private let connectionsMax: Int
    private let perAddressMax: Int
    private let proxies: TrustedProxies
    private let open = Atomic<Int>(0)
    private let anyPaused = Atomic<Bool>(false)
    private let paused = Mutex<[ServerLoop]>([])
    private let addresses = Mutex<[AddressKey: Int]>([:])

    /// - Parameter proxies: speak for many, so that they have no share of their own.
    init(_ limits: ServerLimits, proxies: TrustedProxies = TrustedProxies()) {
        self.proxies = proxies
        connectionsMax = max(1, limits.connectionsMax)
        perAddressMax = max(1, limits.connectionsPerAddressMax)
    }

    /// Without a cap of its own an address need not be counted.
    private var countsAddresses: Bool { perAddressMax < connectionsMax }

    /// Takes a place; false when there is none.
    func reserve() -> Bool {
        var seen = open.load(ordering: .sequentiallyConsistent)
        while seen < connectionsMax {
            let (exchanged, original) = open.weakCompareExchange(
                expected: seen, desired: seen + 1, ordering: .sequentiallyConsistent)
            if exchanged { return true }
            seen = original
        }
        return false
    }

    /// Gives a place back, and wakes those that wait for one.
    func release() {
        open.subtract(1, ordering: .sequentiallyConsistent)
        guard anyPaused.load(ordering: .sequentiallyConsistent) else { return }
        let waiting = paused.withLock { paused in
            anyPaused.store(false, ordering: .sequentiallyConsistent)
            defer { paused = [] }
            return paused
        }
        for room in waiting { room.loop.execute { room.resumeListening() } }
    }

    /// Has the loop's listeners woken at the next release.
    /// - Returns: false when a place came free meanwhile, so that waiting could be for ever.
    func pause(_ room: ServerLoop) -> Bool {
        paused.withLock { paused in
            if !paused.contains(where: { $0 === room }) { paused.append(room) }
            anyPaused.store(true, ordering: .sequentiallyConsistent)
        }
        return open.load(ordering: .sequentiallyConsistent) >= connectionsMax
    }

    /// Takes one of the address's places; false when it has its share.
    func admit(_ address: String) -> Bool {
        guard countsAddresses, !proxies.contains(address), let key = AddressKey(address) else { return true }
        return addresses.withLock { addresses in
            guard addresses[key, default: 0] < perAddressMax else { return false }
            addresses[key, default: 0] += 1
            return true
        }
    }

    func dismiss(_ address: String) {
        guard countsAddresses, !proxies.contains(address), let key = AddressKey(address) else { return }
        addresses.withLock { addresses in
            let rest = (addresses[key] ?? 1) - 1
            addresses[key] = rest > 0 ? rest : nil
        }
    }
}

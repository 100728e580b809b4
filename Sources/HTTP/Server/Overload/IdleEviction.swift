/// Picks which of a loop's connections give their places to new ones: those that have idled longest, a few at a time. A
/// client that keeps a connection open has to bear with its end at any time (RFC 9112 §9.5); one that cannot connect,
/// such as who checks the health, has nothing else.
struct IdleEviction {
    /// Shorter, and a client between two requests would be hit. Nanoseconds.
    private static let idleMin: UInt64 = 1_000_000_000
    /// So many at a time that one look at all connections serves many new ones, but no more than an eighth of them.
    private static let countMax = 32
    /// After a look in vain, nanoseconds.
    private static let pause: UInt64 = 100_000_000

    private var nextLook: UInt64 = 0

    /// Those to close, the longest idle first.
    /// - Parameter now: nanoseconds of the monotonic clock.
    mutating func candidates(among connections: [Connection], at now: UInt64) -> [Connection] {
        guard now >= nextLook else { return [] }
        let countMax = min(Self.countMax, max(1, connections.count / 8))
        var found: [Connection] = []
        for connection in connections where connection.isIdle && now >= connection.idleSince &+ Self.idleMin {
            if found.count == countMax {
                guard connection.idleSince < found[countMax - 1].idleSince else { continue }
                found.removeLast()
            }
            let place = found.firstIndex { $0.idleSince > connection.idleSince } ?? found.count
            found.insert(connection, at: place)
        }
        if found.isEmpty { nextLook = now + Self.pause }
        return found
    }
}

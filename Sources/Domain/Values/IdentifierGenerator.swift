import Synchronization

/// Makes ULIDs (26 characters of Crockford's base 32: 48 bits of milliseconds, 80 of randomness), strictly increasing
/// within one generator, so that ids sort in the order in which they were made.
package final class IdentifierGenerator: Sendable {
    private struct State {
        var random: any RandomNumberGenerator & Sendable
        var lastMilliseconds: Int64 = -1
        var high: UInt16 = 0
        var low: UInt64 = 0
    }

    private let clock: WallClock
    private let state: Mutex<State>

    /// - Parameter random: seeded in tests; from the system's entropy in the product.
    package init(clock: WallClock, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.clock = clock
        state = Mutex(State(random: random))
    }

    package func next() -> String { next(at: clock.now()).text }

    /// For who has just read the clock.
    package func next(at moment: Timestamp) -> ULID {
        let now = moment.milliseconds
        return state.withLock { state in
            if now > state.lastMilliseconds {
                state.lastMilliseconds = now
                // The top bit stays clear so that counting up within a millisecond cannot overflow.
                state.high = UInt16(truncatingIfNeeded: state.random.next()) & 0x7FFF
                state.low = state.random.next()
            } else {
                // The same millisecond, or a clock that went back: count up from the last id.
                state.low &+= 1 + state.random.next() & 0xFF_FFFF
                if state.low < 1 << 25 { state.high &+= 1 }
            }
            return ULID(high: UInt64(state.lastMilliseconds) << 16 | UInt64(state.high), low: state.low)
        }
    }
}

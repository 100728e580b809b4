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

    package func next() -> String { next(at: clock.now()) }

    /// The same for who has just read the clock.
    package func next(at moment: Timestamp) -> String {
        let now = moment.milliseconds
        let (milliseconds, high, low) = state.withLock { state in
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
            return (state.lastMilliseconds, state.high, state.low)
        }
        return Self.encode(milliseconds: UInt64(milliseconds), high: high, low: low)
    }

    private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    private static func encode(milliseconds: UInt64, high: UInt16, low: UInt64) -> String {
        // The alphabet is a literal of 32 ASCII bytes and every index is masked to five bits.
        let alphabet = alphabet.utf8Start
        return String(unsafeUninitializedCapacity: 26) { buffer in
            for position in 0..<10 {
                buffer[position] = alphabet[Int((milliseconds >> UInt64(45 - 5 * position)) & 31)]
            }
            var high = UInt64(high)
            var low = low
            for position in stride(from: 25, through: 10, by: -1) {
                buffer[position] = alphabet[Int(low & 31)]
                low = (low >> 5) | ((high & 31) << 59)
                high >>= 5
            }
            return 26
        }
    }
}

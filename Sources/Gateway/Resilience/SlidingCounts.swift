/// Successes and failures of the last so many nanoseconds, in ten slots: what is older than nine tenths of the window
/// leaves it a slot at a time.
struct SlidingCounts: Sendable, Equatable {
    private struct Slot: Sendable, Equatable {
        var number: UInt64 = 0
        var successes = 0
        var failures = 0
    }

    private static let slotCount = 10
    /// Nanoseconds.
    private let slotLength: UInt64
    private var slots = [Slot](repeating: Slot(), count: SlidingCounts.slotCount)

    init(window: UInt64) {
        slotLength = max(1, window / UInt64(Self.slotCount))
    }

    mutating func add(isFailure: Bool, at now: UInt64) {
        let number = now / slotLength
        let index = Int(number % UInt64(Self.slotCount))
        // A loop that read its clock a little earlier counts where the others are.
        if slots[index].number < number { slots[index] = Slot(number: number) }
        if isFailure { slots[index].failures += 1 } else { slots[index].successes += 1 }
    }

    func sums(at now: UInt64) -> (requests: Int, failures: Int) {
        let number = now / slotLength
        var sums = (requests: 0, failures: 0)
        for slot in slots where slot.number + UInt64(Self.slotCount) > number {
            sums.requests += slot.successes + slot.failures
            sums.failures += slot.failures
        }
        return sums
    }

    mutating func clear() { slots = [Slot](repeating: Slot(), count: Self.slotCount) }
}

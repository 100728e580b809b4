/// An entry of the timer heap: by deadline, and by order of scheduling where deadlines are equal.
struct TimerEntry: Comparable {
    let deadline: MonotonicInstant
    let sequence: UInt64
    let token: TimerToken

    static func < (left: Self, right: Self) -> Bool {
        (left.deadline, left.sequence) < (right.deadline, right.sequence)
    }

    static func == (left: Self, right: Self) -> Bool { left.sequence == right.sequence }
}

import CLinux

/// A point on CLOCK_MONOTONIC: comparable within one boot of the machine, blind to changes of the wall clock.
package struct MonotonicInstant: Sendable, Comparable, Hashable {
    /// Nanoseconds since an arbitrary start.
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The present; some 20 ns, no system call.
    package static func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: clinux_monotonic_ns()) }

    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The time from here to `later`; negative when `later` is the earlier one.
    package func duration(to later: MonotonicInstant) -> Duration {
        .nanoseconds(Int64(bitPattern: later.nanoseconds &- nanoseconds))
    }

    /// The same in nanoseconds.
    package func nanoseconds(to later: MonotonicInstant) -> Int64 {
        Int64(bitPattern: later.nanoseconds &- nanoseconds)
    }

    /// This instant moved by milliseconds, which must not be negative: cheaper than by a `Duration`, which has 128
    /// bits.
    package func advanced(milliseconds: Int) -> MonotonicInstant {
        let (product, overflow) = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
        let (sum, past) = nanoseconds.addingReportingOverflow(overflow ? .max : product)
        return MonotonicInstant(nanoseconds: past ? .max : sum)
    }

    /// This instant moved by `duration`; saturates at both ends rather than trapping.
    package func advanced(by duration: Duration) -> MonotonicInstant {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return MonotonicInstant(nanoseconds: seconds > 0 ? .max : 0) }
        let delta = whole + attoseconds / 1_000_000_000
        if delta >= 0 {
            let (sum, past) = nanoseconds.addingReportingOverflow(UInt64(delta))
            return MonotonicInstant(nanoseconds: past ? .max : sum)
        }
        let back = UInt64(bitPattern: 0 &- delta)
        return MonotonicInstant(nanoseconds: back > nanoseconds ? 0 : nanoseconds - back)
    }

    package static func + (instant: Self, duration: Duration) -> Self { instant.advanced(by: duration) }
}

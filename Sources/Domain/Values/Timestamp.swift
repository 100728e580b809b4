/// A moment in Unix milliseconds, UTC. In JSON it is RFC 3339 with milliseconds (`2026-01-31T09:05:00.250Z`).
package struct Timestamp: Sendable, Hashable, Comparable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Parses RFC 3339 (any offset, up to nanoseconds, which are cut to milliseconds) or plain Unix milliseconds.
    /// - Returns: nil when `text` is neither, or names a day or hour that does not exist.
    package init?(parsing text: String) {
        if let plain = Int64(text), text.utf8.first != UInt8(ascii: "+") {
            guard Self.writable.contains(plain) else { return nil }
            milliseconds = plain
            return
        }
        // An offset can lead out of the four digits at either end.
        guard let parsed = RFC3339.milliseconds(of: Array(text.utf8)), Self.writable.contains(parsed) else {
            return nil
        }
        milliseconds = parsed
    }

    /// The years 0000 to 9999.
    private static let writable = RFC3339.earliest...latest.milliseconds

    /// The last millisecond of the year 9999: RFC 3339 has four digits for the year.
    package static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package func advanced(byMilliseconds delta: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + delta)
    }

    /// RFC 3339 in UTC with three decimals.
    package var text: String {
        RFC3339.text(of: milliseconds)
    }
}

import Glibc

/// The Date field in IMF-fixdate (RFC 9110 §5.6.7), rendered once a second.
struct DateCache {
    private var second: Int64 = -1
    private var line: [UInt8] = []

    /// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    /// - Parameter now: seconds since 1970, UTC.
    mutating func append(_ now: Int64, to buffer: WireBuffer) {
        if now != second {
            second = now
            line = Array("Date: \(Self.text(of: now))\r\n".utf8)
        }
        buffer.append(line)
    }

    /// - Parameter seconds: since 1970, UTC.
    static func text(of seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day =
            "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1_900)"
        return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// A moment as signatures write it: ISO 8601 in its basic form, to the second, UTC.
package struct SigningMoment: Sendable, Hashable {
    /// `20150830`
    package let day: String
    /// `20150830T123600Z`
    package let text: String

    /// - Parameter milliseconds: since 1970, of the years 1970 to 9999; what lies outside is taken for the nearest.
    package init(unixMilliseconds milliseconds: Int64) {
        let seconds = min(max(0, milliseconds / 1_000), 253_402_300_799)
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days: years begin in March, eras
        // are 400 years of 146,097 days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        day = Self.digits(year, 4) + Self.digits(civilMonth, 2) + Self.digits(dayOfYear - (153 * month + 2) / 5 + 1, 2)
        text =
            day + "T" + Self.digits(rest / 3_600, 2) + Self.digits(rest / 60 % 60, 2) + Self.digits(rest % 60, 2) + "Z"
    }

    /// As a request claims it, unread.
    init(day: String, text: String) {
        self.day = day
        self.text = text
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}

/// The span that a budget is for: a day, a week from Monday (ISO 8601) or a month, in UTC.
package enum BudgetPeriod: String, Sendable, CaseIterable {
    case day, week, month

    package static let dayMilliseconds: Int64 = 86_400_000

    /// The period that holds a moment, in Unix milliseconds.
    package func span(of moment: Timestamp) -> Range<Int64> {
        let day = Self.day(of: moment.milliseconds)
        let days: Range<Int64>
        switch self {
        case .day: days = day..<day + 1
        case .week:
            // 1970-01-01 was a Thursday.
            let monday = day - Self.modulo(day + 3, 7)
            days = monday..<monday + 7
        case .month:
            let (year, month) = Self.month(of: day)
            days =
                Self.day(
                    year: year, month: month)..<(month == 12
                ? Self.day(year: year + 1, month: 1) : Self.day(year: year, month: month + 1))
        }
        return days.lowerBound * Self.dayMilliseconds..<days.upperBound * Self.dayMilliseconds
    }

    /// Days since 1970-01-01.
    package static func day(of milliseconds: Int64) -> Int64 {
        (milliseconds - modulo(milliseconds, dayMilliseconds)) / dayMilliseconds
    }

    private static func modulo(_ value: Int64, _ by: Int64) -> Int64 {
        let rest = value % by
        return rest < 0 ? rest + by : rest
    }

    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (civil_from_days, days_from_civil): years begin in
    // March, eras have 400 of them.

    private static func month(of day: Int64) -> (year: Int64, month: Int64) {
        let shifted = day + 719_468
        let era = (shifted - modulo(shifted, 146_097)) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month)
    }

    /// The first day of a month.
    private static func day(year: Int64, month: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted - modulo(shifted, 400)) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

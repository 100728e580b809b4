/// The check of ISO/IEC 7812-1, fed from the left: which digits count double is known only at the end, so both are
/// summed.
struct LuhnSum {
    private(set) var count = 0
    /// With the first digit doubled, and with the second one.
    private var sums = (0, 0)

    mutating func add(_ digit: UInt8) {
        let plain = Int(digit)
        let doubled = plain < 5 ? plain * 2 : plain * 2 - 9
        if count.isMultiple(of: 2) {
            sums.0 += doubled
            sums.1 += plain
        } else {
            sums.0 += plain
            sums.1 += doubled
        }
        count += 1
    }

    /// The last digit is never doubled.
    var isValid: Bool { (count.isMultiple(of: 2) ? sums.0 : sums.1).isMultiple(of: 10) }
}

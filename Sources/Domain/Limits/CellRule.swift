/// A rate and how much of it may come at once, as the generic cell rate algorithm takes them: in times.
package struct CellRule: Sendable, Hashable {
    /// Cells that come back in a minute.
    package let perMinute: UInt64
    /// Cells that may be taken at once after a rest.
    package let capacity: UInt64
    /// What one cell takes, in nanoseconds, rounded up.
    let one: UInt64
    /// How far the theoretical arrival time may lie ahead, in nanoseconds.
    let window: UInt64

    private static let minute: UInt64 = 60_000_000_000
    /// Some 146 years: twice as much, and any present beside it, fit 64 bits.
    private static let windowMax: UInt64 = 1 << 62

    /// - Parameters: both at least 1.
    package init(perMinute: UInt64, capacity: UInt64) {
        self.perMinute = perMinute
        self.capacity = capacity
        one = Self.nanoseconds(1, perMinute)
        window = min(Self.nanoseconds(capacity, perMinute), Self.windowMax)
    }

    /// What so many cells take, in nanoseconds, rounded up: never too much goes through.
    func nanoseconds(_ cells: UInt64) -> UInt64 { cells == 1 ? one : Self.nanoseconds(cells, perMinute) }

    /// How many cells come back in so many nanoseconds, rounded down.
    func cells(_ nanoseconds: UInt64) -> UInt64 {
        let product = nanoseconds.multipliedFullWidth(by: perMinute)
        guard product.high < Self.minute else { return .max }
        return Self.minute.dividingFullWidth(product).quotient
    }

    private static func nanoseconds(_ cells: UInt64, _ perMinute: UInt64) -> UInt64 {
        let product = cells.multipliedFullWidth(by: minute)
        guard product.high < perMinute else { return .max }
        let (quotient, remainder) = perMinute.dividingFullWidth(product)
        return remainder == 0 ? quotient : quotient + 1
    }
}

/// A mean with the interval in which it is believed to lie.
package struct MeanInterval: Sendable, Hashable {
    /// The lower end, in the units of the values.
    package let low: Double
    /// The upper end.
    package let high: Double
    /// What was observed.
    package let value: Double

    /// Takes the three as they are.
    package init(low: Double, high: Double, value: Double) {
        self.low = low
        self.high = high
        self.value = value
    }
}

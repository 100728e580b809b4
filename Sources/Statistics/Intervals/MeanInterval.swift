/// A mean with the interval in which it is believed to lie.
package struct MeanInterval: Sendable, Hashable {
    package let low: Double
    package let high: Double
    package let value: Double

    package init(low: Double, high: Double, value: Double) {
        self.low = low
        self.high = high
        self.value = value
    }
}

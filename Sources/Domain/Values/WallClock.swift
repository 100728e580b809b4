/// Where the present comes from. Rules and stores take moments as values; only the edges hold a clock, and tests hold
/// one that they move by hand.
package struct WallClock: Sendable {
    private let read: @Sendable () -> Timestamp

    package init(_ read: @escaping @Sendable () -> Timestamp) {
        self.read = read
    }

    package func now() -> Timestamp {
        read()
    }
}

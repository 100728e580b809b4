import Synchronization

/// A number that many tasks count in.
final class SharedNumber: Sendable {
    private let number: Atomic<Int64>

    init(_ number: Int64 = 0) {
        self.number = Atomic(number)
    }

    var value: Int64 { number.load(ordering: .sequentiallyConsistent) }

    @discardableResult
    func add(_ count: Int64) -> Int64 { number.add(count, ordering: .sequentiallyConsistent).newValue }

    func raise(to count: Int64) { number.max(count, ordering: .sequentiallyConsistent) }
}

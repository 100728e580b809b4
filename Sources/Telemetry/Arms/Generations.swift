/// Values by key, of which those go that nobody has asked for: at each turn, what was not asked for since the turn
/// before. That costs nothing where a value is found, as a list by last use would.
struct Generations<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let countMax: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    /// - Parameter countMax: at least 2; more are never kept.
    init(countMax: Int) {
        self.countMax = countMax
    }

    var count: Int { young.count + old.count }

    mutating func find(_ key: Key) -> Value? {
        if let found = young[key] { return found }
        guard let found = old.removeValue(forKey: key) else { return nil }
        keep(found, for: key)
        return found
    }

    mutating func keep(_ value: Value, for key: Key) {
        if young.count >= countMax / 2 { turn() }
        young[key] = value
    }

    mutating func turn() {
        old = young
        young = [:]
    }

    mutating func forgetAll() {
        young = [:]
        old = [:]
    }
}

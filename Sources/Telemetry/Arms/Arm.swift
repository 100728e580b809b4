/// An arm with its row, kept by the writer.
final class Arm: Sendable {
    let id: Int64
    let key: ArmKey

    init(id: Int64, key: ArmKey) {
        self.id = id
        self.key = key
    }
}

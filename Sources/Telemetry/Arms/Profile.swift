import Domain

/// What an outcome has in common with many others, with its row; kept by the writer.
final class Profile: Sendable {
    let id: Int64
    let arm: Arm
    let key: ProfileKey
    /// Whether windows count it: probes are no traffic, and what named no deployment belongs to none.
    let isCounted: Bool

    init(id: Int64, arm: Arm, key: ProfileKey) {
        self.id = id
        self.arm = arm
        self.key = key
        isCounted = key.origin == .traffic && !key.arm.deployment.isEmpty
    }
}

import Domain
import SQL

/// The profiles and arms that the writer has met lately. The file is the truth: what is not here is looked for there,
/// and made when it is not there either.
struct ProfileTable {
    static let countMax = 8_192
    private static let recentMax = 8

    /// The last ones met, the latest first: traffic has few at a time.
    private var recent: [Profile] = []
    private var profiles: [ProfileKey: Profile] = [:]
    private var arms: [ArmKey: Arm] = [:]

    mutating func forgetAll() {
        recent = []
        profiles = [:]
        arms = [:]
    }

    mutating func profile(of outcome: Outcome, in transaction: any Transaction) throws -> Profile {
        for index in recent.indices where recent[index].key.matches(outcome) {
            let found = recent[index]
            if index > 0 { recent.swapAt(index, index - 1) }
            return found
        }
        let key = ProfileKey(outcome)
        let found = try profiles[key] ?? known(key, in: transaction)
        if recent.count == Self.recentMax { recent.removeLast() }
        recent.append(found)
        return found
    }

    private mutating func known(_ key: ProfileKey, in transaction: any Transaction) throws -> Profile {
        if profiles.count >= Self.countMax { forgetAll() }
        let arm = try arms[key.arm] ?? ArmStore.arm(key.arm, in: transaction)
        arms[key.arm] = arm
        let id = try ProfileStore.id(key, arm: arm, in: transaction)
        let profile = Profile(id: id, arm: arm, key: key)
        profiles[key] = profile
        return profile
    }
}

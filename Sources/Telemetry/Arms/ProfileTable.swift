import Domain
import SQL

/// The profiles and arms that the writer has met lately. The file is the truth: what is not here is looked for there,
/// and made when it is not there either.
struct ProfileTable {
    static let countMax = 8_192
    private static let recentCount = 256

    /// The last ones met, by a hash of what mostly tells them apart: to hash all of one costs more than to write a row.
    private var recent = [Profile?](repeating: nil, count: recentCount)
    private var profiles: [ProfileKey: Profile] = [:]
    private var arms: [ArmKey: Arm] = [:]

    mutating func forgetAll() {
        recent = [Profile?](repeating: nil, count: Self.recentCount)
        profiles = [:]
        arms = [:]
    }

    mutating func profile(of outcome: Outcome, in transaction: any Transaction) throws -> Profile {
        let place = Self.place(of: outcome)
        if let found = recent[place], found.key.matches(outcome) { return found }
        let key = ProfileKey(outcome)
        let found = try profiles[key] ?? known(key, in: transaction)
        recent[place] = found
        return found
    }

    private static func place(of outcome: Outcome) -> Int {
        var hash = end(of: outcome.deployment) &+ UInt64(truncatingIfNeeded: outcome.revision)
        hash = TextHash.mix(hash) &+ end(of: outcome.variant) &+ end(of: outcome.keyID)
        hash = TextHash.mix(hash) &+ end(of: outcome.environment) &+ (outcome.status == .ok ? 0 : 1)
        return Int(truncatingIfNeeded: TextHash.mix(hash) % UInt64(recentCount))
    }

    /// A text's length and last bytes: names that are alike mostly differ at their end.
    private static func end(of text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            var end = UInt64(bytes.count)
            for index in max(0, bytes.count - 7)..<bytes.count { end = end << 8 | UInt64(bytes[index]) }
            return end
        }
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

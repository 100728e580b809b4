import Domain
import SQL

/// The profiles and arms that the writer has met lately. The file is the truth: what is not here is looked for there,
/// and made when it is not there either.
struct ProfileTable {
    static let countMax = 8_192
    /// What is not met for so long, or up to twice, is let go of: a revision that was replaced is never met again, and
    /// a caller may ask for ever new names.
    static let periodMilliseconds: Int64 = 60_000
    private static let recentCount = 256

    /// The last ones met, by a hash of what mostly tells them apart: to hash all of one costs more than to write a row.
    private var recent = [Profile?](repeating: nil, count: recentCount)
    private var profiles = Generations<ProfileKey, Profile>(countMax: countMax)
    private var arms = Generations<ArmKey, Arm>(countMax: countMax)
    /// When the generations turned, Unix milliseconds.
    private var turned: Int64 = 0

    var count: Int { profiles.count }

    mutating func forgetAll() {
        recent = [Profile?](repeating: nil, count: Self.recentCount)
        profiles.forgetAll()
        arms.forgetAll()
    }

    /// Lets go of what was not met lately.
    /// - Parameter moment: when the newest outcome was made, Unix milliseconds; it may go back.
    mutating func age(to moment: Int64) {
        guard abs(moment - turned) >= Self.periodMilliseconds else { return }
        turned = moment
        profiles.turn()
        arms.turn()
    }

    mutating func profile(of outcome: Outcome, in transaction: any Transaction) throws -> Profile {
        let place = Self.place(of: outcome)
        if let found = recent[place], found.key.matches(outcome) { return found }
        let key = ProfileKey(outcome)
        let found = try profiles.find(key) ?? known(key, in: transaction)
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
        let arm = try arm(key.arm, in: transaction)
        let id = try ProfileStore.id(key, arm: arm, in: transaction)
        let profile = Profile(id: id, arm: arm, key: key)
        profiles.keep(profile, for: key)
        return profile
    }

    private mutating func arm(_ key: ArmKey, in transaction: any Transaction) throws -> Arm {
        if let found = arms.find(key) { return found }
        let arm = try ArmStore.arm(key, in: transaction)
        arms.keep(arm, for: key)
        return arm
    }
}

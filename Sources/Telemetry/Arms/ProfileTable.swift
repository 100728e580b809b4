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

    /// The last ones met, by what mostly tells them apart: to hash all of one costs more than to write a row.
    private var recent = [ProfileMeeting?](repeating: nil, count: recentCount)
    private var profiles = Generations<ProfileKey, Profile>(countMax: countMax)
    private var arms = Generations<ArmKey, Arm>(countMax: countMax)
    /// When the generations turned, Unix milliseconds.
    private var turned: Int64 = 0

    var count: Int { profiles.count }

    mutating func forgetAll() {
        recent = [ProfileMeeting?](repeating: nil, count: Self.recentCount)
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
        let place = ProfileMeeting.place(of: outcome, among: Self.recentCount)
        if let met = recent[place], met.isMet(by: outcome) { return met.profile }
        let key = ProfileKey(outcome)
        let found = try profiles.find(key) ?? known(key, in: transaction)
        // What named no deployment points at something that no other outcome will.
        if !outcome.deploymentID.isEmpty { recent[place] = ProfileMeeting(outcome, found) }
        return found
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

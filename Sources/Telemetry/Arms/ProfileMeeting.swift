import Domain

/// A profile and the outcome that met it last, so that the next one like it finds it by what it points at. Those of one
/// revision point at the same arms, so no text of theirs is looked at.
struct ProfileMeeting: Sendable {
    let profile: Profile
    // Held, so that no other arm can take their place in memory.
    private let arm: OutcomeArm
    private let served: OutcomeArm?
    private let isOrdinary: Bool
    private let status: OutcomeStatus
    private let isStream: Bool
    private let origin: Outcome.Origin
    private let surface: String
    private let probability: Double
    private let finishReason: String?
    private let keyID: String
    private let cache: CacheUse?

    init(_ outcome: Outcome, _ profile: Profile) {
        self.profile = profile
        arm = outcome.arm
        served = outcome.served
        isOrdinary = outcome.ordinaryAttempt != nil
        status = outcome.status
        isStream = outcome.isStream
        origin = outcome.origin
        surface = outcome.surface
        probability = outcome.probability
        finishReason = outcome.finishReason
        keyID = outcome.keyID
        cache = outcome.cache
    }

    /// Whether the outcome is of the same profile for sure; it may be when not.
    func isMet(by outcome: Outcome) -> Bool {
        arm === outcome.arm && served === outcome.served && status == outcome.status && isStream == outcome.isStream
            && origin == outcome.origin && probability == outcome.probability
            && isOrdinary == (outcome.ordinaryAttempt != nil) && keyID == outcome.keyID
            && finishReason == outcome.finishReason && surface == outcome.surface
            && cache == outcome.cache
    }

    /// Where to look for it among so many places.
    static func place(of outcome: Outcome, among count: Int) -> Int {
        let arm = UInt64(UInt(bitPattern: ObjectIdentifier(outcome.arm)))
        let hash = TextHash.mix(arm ^ end(of: outcome.keyID) << 8) &+ (outcome.status == .ok ? 0 : 1)
        return Int(truncatingIfNeeded: TextHash.mix(hash) % UInt64(count))
    }

    /// A text's last bytes: ids that are alike mostly differ at their end.
    private static func end(of text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            var end: UInt64 = 0
            for index in max(0, bytes.count - 7)..<bytes.count { end = end << 8 | UInt64(bytes[index]) }
            return end
        }
    }
}

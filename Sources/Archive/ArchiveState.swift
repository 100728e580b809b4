import Domain
import SQL

/// What is known of the file of answers; under a lock.
struct ArchiveState {
    /// nil until it is open, when it could not be, and when it is closed.
    var database: SQLiteDatabase?
    /// Nobody reads or writes it any more: it is to be thrown away.
    var isBroken = false
    var holdings: [String: ArchiveHolding] = [:]
    var statistics = AnswerFile.Statistics()
    /// Whether the trouble that lasts has been told of.
    var isTroubleTold = false
    /// The latest moment that was seen.
    private var seen = Timestamp(milliseconds: .min)
    /// Whether the clock has gone back since the file was last seen to.
    var isClockBack = false

    var usable: SQLiteDatabase? { isBroken ? nil : database }

    /// - Returns: whether ages can be told, now that it is this moment.
    mutating func tellsAges(at now: Timestamp) -> Bool {
        let isBack =
            seen.milliseconds > .min + ArchiveTurn.toleranceMilliseconds
            && now.milliseconds < seen.milliseconds - ArchiveTurn.toleranceMilliseconds
        if isBack { isClockBack = true }
        if isBack || now > seen { seen = now }
        return !isClockBack
    }

    mutating func broke() {
        isBroken = true
        holdings = [:]
        statistics.fileBytes = 0
    }
}

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
    /// The last look at the clock, and at one that nobody sets.
    private var last: (now: Timestamp, uptime: Duration)?
    /// Whether the clock has gone back since the file was last seen to.
    var isClockBack = false

    var usable: SQLiteDatabase? { isBroken ? nil : database }

    /// - Returns: whether ages can be told, now that it is this moment.
    mutating func tellsAges(at now: Timestamp, uptime: Duration) -> Bool {
        if let last {
            // By less than has gone by since: it need not be before what was seen.
            let shown = Duration.milliseconds(now.milliseconds - last.now.milliseconds)
            let lost = uptime - last.uptime - shown
            if lost > .milliseconds(ArchiveTurn.toleranceMilliseconds) { isClockBack = true }
        }
        last = (now, uptime)
        saw(now)
        return !isClockBack
    }

    /// It was, or is, this moment.
    mutating func saw(_ moment: Timestamp) {
        let isBack =
            seen.milliseconds > .min + ArchiveTurn.toleranceMilliseconds
            && moment.milliseconds < seen.milliseconds - ArchiveTurn.toleranceMilliseconds
        if isBack { isClockBack = true }
        if isBack || moment > seen { seen = moment }
    }

    mutating func broke() {
        isBroken = true
        holdings = [:]
        statistics.fileBytes = 0
    }
}

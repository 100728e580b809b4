/// Decides, from the delay with which a loop comes to its requests, which share of new work is turned away. A pure
/// value: time and delay are told to it.
///
/// What is measured is the loop's own queue, not the time of answers: a provider that is slow says nothing about this
/// process, while requests that wait for the processor say everything. As in CoDel (RFC 8289 §3) the measure is the
/// *least* delay within an interval, so that a burst, or one long turn, is no overload, and a queue that never empties
/// is. The share follows the rule of PIE (RFC 8033 §4.2): it moves with the distance to the target and with the trend,
/// so that it settles where the delay is at the target. It is spread evenly rather than drawn at random.
struct LoadShedding {
    /// The delay that is aimed at, and how long one must stand; nanoseconds.
    let target: UInt64
    let interval: UInt64

    /// The share of new work that is shed, in ten-thousandths.
    private(set) var share = 0
    /// The least delay within the last whole interval, in nanoseconds.
    private(set) var standingDelay: UInt64 = 0

    private var minimum = UInt64.max
    private var samples = 0
    private var intervalStart: UInt64 = 0
    private var lastSample: UInt64 = 0
    private var delay: UInt64 = 0
    private var credit = 0

    static let whole = 10_000
    /// How far one target's worth of distance, and above the target of trend, moves the share in one interval. The rule
    /// sees delays of up to four targets.
    private static let perTargetUp = whole / 8
    private static let perTargetDown = whole / 32
    private static let targetsMax: UInt64 = 4
    /// A single long turn, such as after the process was stopped, is no queue.
    private static let samplesMin = 2

    /// - Parameter target: above 0.
    init(target: UInt64, interval: UInt64) {
        self.target = max(1, target)
        self.interval = max(1, interval)
    }

    /// Takes in how long what is handled now may have waited. Once in a turn is enough; turns without new work need not
    /// be told.
    /// - Returns: whether an interval ended, so that the share may have changed.
    mutating func observe(delay: UInt64, at now: UInt64) -> Bool {
        self.delay = delay
        let quiet = now &- lastSample
        lastSample = now
        // Work that waited was there meanwhile, though it was not seen.
        if quiet > interval, quiet - interval > delay { rest(for: (quiet - delay) / interval, now) }
        samples += 1
        minimum = min(minimum, delay)
        guard now - intervalStart >= interval, samples >= Self.samplesMin else { return false }
        adjust(to: minimum)
        startInterval(now)
        return true
    }

    /// Whether the piece of work at hand is shed.
    mutating func sheds() -> Bool {
        guard share > 0 else { return false }
        // Overloaded, and this turn is far behind: the callers of now would wait the longest.
        if standingDelay > target, delay > 2 * target { return true }
        credit += share
        guard credit >= Self.whole else { return false }
        credit -= Self.whole
        return true
    }

    /// Up at once, down slowly: too large a share refuses a few callers, too small a one keeps all of them waiting.
    private mutating func adjust(to standing: UInt64) {
        let bound = Self.targetsMax * target
        let (before, after) = (Int(min(standingDelay, bound)), Int(min(standing, bound)))
        let distance = after - Int(target)
        let change =
            distance > 0
            ? (distance + after - before) * Self.perTargetUp / Int(target)
            : distance * Self.perTargetDown / Int(target)
        share = min(max(0, share + change), Self.whole)
        standingDelay = standing
    }

    /// Nothing came for so many intervals: there was no queue.
    private mutating func rest(for intervals: UInt64, _ now: UInt64) {
        share = max(0, share - Int(min(intervals, 8)) * Self.whole / 8)
        standingDelay = 0
        startInterval(now)
    }

    private mutating func startInterval(_ now: UInt64) {
        minimum = .max
        samples = 0
        intervalStart = now
    }
}

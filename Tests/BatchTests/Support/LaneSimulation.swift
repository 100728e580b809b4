@testable import Batch

/// A lane without a store and without a clock: lines take a tenth of a second, waits take no time, and what becomes of
/// each is written down.
struct LaneSimulation {
    private(set) var queue: LaneQueue
    private(set) var elapsed = Duration.zero
    private(set) var asks: [Int: Int] = [:]
    private(set) var answered: [Int: Duration] = [:]
    private(set) var gaveUp: [Int: Duration] = [:]
    /// Numbers in the order in which they were asked.
    private(set) var order: [Int] = []
    private(set) var mostAtOnce = 0
    private let lines: [BatchLine]
    private let start = ContinuousClock.now

    static let line = Duration.milliseconds(100)

    init(_ count: Int, _ settings: BatchSettings = BatchSettings()) {
        queue = LaneQueue(settings)
        lines = (1...count).map { BatchLine(number: $0, customID: "\($0)", model: "bot", start: 0, length: 1) }
    }

    private var now: ContinuousClock.Instant { start.advanced(by: elapsed) }

    /// - Parameter outcome: what a line meets when it is asked; nil for its answer.
    mutating func run(until limit: Duration, _ outcome: (_ number: Int, _ at: Duration) -> LaneTrouble?) {
        while elapsed < limit {
            var out: [BatchLine] = []
            var wait: ContinuousClock.Instant?
            gathering: while true {
                switch queue.next(at: now) {
                case .line(let line): out.append(line)
                case .read(let after):
                    let left = lines.dropFirst(after).filter {
                        answered[$0.number] == nil && gaveUp[$0.number] == nil
                    }
                    queue.add(Array(left.prefix(256)))
                case .wait(let until):
                    wait = until
                    break gathering
                case .nothing: break gathering
                }
            }
            mostAtOnce = max(mostAtOnce, out.count)
            guard !out.isEmpty else {
                guard let wait else { return }
                elapsed = start.duration(to: wait)
                continue
            }
            let asked = elapsed
            elapsed += Self.line
            for line in out { end(line, outcome(line.number, asked)) }
        }
    }

    /// Its batch makes room for another, and has a slot again.
    mutating func turn() { queue.startOver() }

    private mutating func end(_ line: BatchLine, _ trouble: LaneTrouble?) {
        asks[line.number, default: 0] += 1
        order.append(line.number)
        guard let trouble else {
            answered[line.number] = elapsed
            return queue.answered(line)
        }
        guard !queue.putBack(line, trouble, at: now) else { return }
        gaveUp[line.number] = elapsed
        queue.gaveUp(line)
    }
}

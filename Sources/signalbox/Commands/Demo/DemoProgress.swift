import Glibc
import Synchronization

/// Progress of one piece of work: a line that moves on a terminal, a line per quarter in a pipe.
final class DemoProgress: Sendable {
    private let label: String
    private let isTerminal: Bool
    private let shown = Mutex(0)

    init(_ label: String) {
        self.label = label
        isTerminal = Terminal.outputIsTerminal
    }

    func advanced(to count: Int, of total: Int) {
        let percent = total == 0 ? 100 : count * 100 / total
        let step = isTerminal ? 1 : 25
        let reached = percent / step * step
        shown.withLock { shown in
            guard reached > shown else { return }
            shown = reached
            Terminal.progress("\(label): \(reached)%", isLast: percent >= 100, overwrites: isTerminal)
        }
    }

    /// Between two looks at something that another thread does.
    static func pause(milliseconds: Int) {
        usleep(UInt32(milliseconds) * 1_000)
    }
}

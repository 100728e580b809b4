import Glibc
import Synchronization

/// What a sanitizer must say, and what it must not: run.sh runs it before it trusts a silence.
///
/// - `mutex`: four threads fight for one Mutex; nothing is to be reported (mutex.c).
/// - `race`: the same, and a counter beside the mutex: a data race.
/// - `freed`: a read of memory that was given back.
/// - `held`: `ASAN_OPTIONS=detect_leaks=1` says that what is in use is lost: why leaks are not looked for.
@main
final class Planted: Sendable {
    private indirect enum Carried {
        case text(String)
        case number(Double)
        case nested(Carried)
    }

    private static let shared = Planted()
    private static let fault = CommandLine.arguments.dropFirst().first ?? "mutex"

    private let behind = Mutex<[Int]>([])
    private let carried = Mutex<Carried>(.number(0))
    // The planted race itself.
    nonisolated(unsafe) private var beside = 0

    static func main() {
        switch fault {
        case "freed": exit(readFreed() == 7 ? 0 : 1)
        case "held": exit(Planted.shared.holdInSwiftsWays() ? 0 : 1)
        default: fightInThreads()
        }
    }

    private static func fightInThreads() {
        var threads: [pthread_t] = []
        for _ in 0..<4 {
            var thread = pthread_t()
            let fight: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
                Planted.shared.fight()
                return nil
            }
            pthread_create(&thread, nil, fight, nil)
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
    }

    private func fight() {
        for turn in 0..<20_000 {
            behind.withLock { held in
                held.append(turn)
                if held.count > 100 { held = [] }
            }
            if Planted.fault == "race" { beside += 1 }
        }
    }

    /// What is referred to weakly keeps its counts in a table, of which it knows the address shifted right; and what
    /// an enum carries is known by an address with the case in its upper bits.
    @inline(never) private func holdInSwiftsWays() -> Bool {
        weak let planted = self
        carried.withLock { $0 = .nested(.text("\(CommandLine.arguments)")) }
        return planted != nil
    }

    @inline(never) private static func readFreed() -> Int {
        // `pointee` is inlined here; most other ways to read memory are the library's own code, which has no checks.
        let numbers = UnsafeMutablePointer<Int>.allocate(capacity: 8)
        numbers.initialize(repeating: 7, count: 8)
        numbers.deallocate()
        return numbers.pointee
    }
}

import CAllocator
import Glibc
import Reactor
import SQL
import StoreScript
import Support

/// Fails every allocation that SQLite makes during the scripted workload, in turn, until a passage sees none fail. In a
/// process of its own: the allocator is the whole process's, and a crash must be seen as one.
///
///     AllocationFaults cold|warm once|from
///
/// `cold` opens the files anew for every number, so that opening, preparing and closing are failed too. `warm` goes on
/// with the process that has met every fault before.
@main
struct AllocationFaults {
    private static let numberMax = 100_000

    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        guard words.count == 2, let mode = words.first, let plan = words.last, callocator_install() == 0 else {
            say("usage: AllocationFaults cold|warm once|from")
            exit(2)
        }
        // What a sync costs is of no interest here, and there are tens of thousands.
        setenv("TMPDIR", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : P_tmpdir, 1)
        let sweep = try Sweep(isLasting: plan == "from")
        let (passages, faults) =
            mode == "warm" ? try await sweep.warm(numberMax) : try await sweep.cold(numberMax)
        for fault in faults.prefix(20) { say(fault) }
        say("\(passages) allocations failed in turn, \(faults.count) faults")
        exit(faults.isEmpty && passages > 100 ? 0 : 1)
    }

    /// A line for whoever reads the output.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        write(STDOUT_FILENO, bytes, bytes.count)
    }
}

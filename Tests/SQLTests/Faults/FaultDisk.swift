import CSQLite
import Glibc
import Synchronization

/// A disk that fails on demand: a SQLite VFS in front of the system's. It counts the operations that reach the files,
/// fails those that the plan names, knows what has been synced, and who wrote.
final class FaultDisk: Sendable {
    enum Operation: Int32 {
        case read, write, sync, truncate, open, delete, map

        /// What SQLite is told when it fails.
        var code: Int32 {
            switch self {
            case .read: SQLITE_IOERR | 1 << 8
            case .write: SQLITE_IOERR | 3 << 8
            case .sync: SQLITE_IOERR | 4 << 8
            case .truncate: SQLITE_IOERR | 6 << 8
            case .open: SQLITE_CANTOPEN
            case .delete: SQLITE_IOERR | 10 << 8
            case .map: SQLITE_IOERR | 21 << 8
            }
        }
    }

    enum Plan: Sendable, Equatable {
        case healthy
        /// The operation of this number fails, once.
        case once(Int)
        /// From this number on everything fails, until the disk is healed.
        case from(Int)
        /// As `from`, and what was not synced before is left to chance.
        case powerCut(Int)
    }

    private struct State {
        var plan = Plan.healthy
        var operations = 0
        var failures = 0
        var images: [String: FileImage] = [:]
        var writers: Set<UInt> = []
    }

    let name: String
    private let state = Mutex(State())
    // The registration that SQLite keeps a pointer to until deinit.
    private nonisolated(unsafe) var registration: UnsafeMutablePointer<sqlite3_vfs>?

    init() {
        name = "fault-\(UInt64.random(in: .min ... .max))"
        registration = FaultVFS.register(name, for: self)
    }

    /// Every connection must have been closed.
    deinit { registration.map(FaultVFS.unregister) }

    // MARK: For the tests

    /// Starts counting from zero.
    func follow(_ plan: Plan) {
        state.withLock {
            $0.plan = plan
            $0.operations = 0
            $0.failures = 0
        }
    }

    /// Everything works again.
    func heal() { state.withLock { $0.plan = .healthy } }

    var operations: Int { state.withLock { $0.operations } }
    var failures: Int { state.withLock { $0.failures } }
    /// The threads that changed a file since `forgetWriters`.
    var writers: Set<UInt> { state.withLock { $0.writers } }
    func forgetWriters() { state.withLock { $0.writers = [] } }

    /// Whether all that was written to the file is safe from a power cut.
    func isSynced(_ path: String) -> Bool { state.withLock { $0.images[path]?.isSynced ?? true } }

    /// Puts the files as a power cut would have left them; the index of the log, which is memory, is gone.
    func cutPower(_ generator: inout some RandomNumberGenerator) {
        let images = state.withLock { $0.images }
        for (path, image) in images.sorted(by: { $0.key < $1.key }) where !path.hasSuffix("-shm") {
            guard let file = fopen(path, "w") else { continue }
            let bytes = image.afterPowerCut(&generator)
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        for path in images.keys { unlink(path + "-shm") }
    }

    // MARK: For the VFS

    /// Whether the operation is to fail now.
    func fails(_ operation: Operation) -> Bool {
        state.withLock { state in
            if operation != .read, operation != .open, operation != .map { state.writers.insert(UInt(pthread_self())) }
            state.operations += 1
            let isHit =
                switch state.plan {
                case .healthy: false
                case .once(let number): state.operations == number
                case .from(let number), .powerCut(let number): state.operations >= number
                }
            if isHit { state.failures += 1 }
            return isHit
        }
    }

    /// A file that was there, and safe, before the disk was.
    func adopt(_ bytes: [UInt8], at path: String) {
        changed(path) {
            $0.write(bytes, at: 0)
            $0.sync()
        }
    }

    func changed(_ path: String, _ change: (inout FileImage) -> Void) {
        state.withLock { change(&$0.images[path, default: FileImage()]) }
    }

    func deleted(_ path: String) { state.withLock { $0.images[path] = nil } }
}

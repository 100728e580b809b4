import Glibc
import SQL
import Support
import Testing

@Suite struct DataDirectoryLockTests {
    /// The exit status of a program that is found on the path.
    private func run(_ words: String...) throws -> Int32 {
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid = pid_t()
        try #require(posix_spawnp(&pid, words[0], nil, nil, &arguments, environ) == 0)
        var status: Int32 = 0
        try #require(waitpid(pid, &status, 0) == pid)
        return (status >> 8) & 0xff
    }

    @Test func secondHolderIsToldWhoHasTheDirectory() throws {
        let directory = try TemporaryDirectory("lock")
        let lock = try DataDirectoryLock(directory: directory.path)
        #expect(throws: DataDirectoryLockError.held(path: lock.path, pid: getpid())) {
            try DataDirectoryLock(directory: directory.path + "/")
        }
        #expect("\(DataDirectoryLockError.held(path: lock.path, pid: 42))".contains("process 42"))
        withExtendedLifetime(lock) {}
    }

    @Test func lockHoldsAgainstAnotherProcessAndEndsWithItsHolder() throws {
        let directory = try TemporaryDirectory("lock")
        var lock: DataDirectoryLock? = try DataDirectoryLock(directory: directory.path)
        let path = try #require(lock?.path)
        #expect(try run("flock", "--nonblock", "--conflict-exit-code", "9", path, "true") == 9)
        lock = nil
        #expect(try run("flock", "--nonblock", "--conflict-exit-code", "9", path, "true") == 0)
    }

    @Test func pidOfAnEarlierLongerHolderIsWrittenOver() throws {
        let directory = try TemporaryDirectory("lock")
        let file = try #require(fopen(directory.file("signalbox.lock"), "w"))
        fputs("123456789012345\nleft over\n", file)
        fclose(file)
        let lock = try DataDirectoryLock(directory: directory.path)
        #expect(throws: DataDirectoryLockError.held(path: lock.path, pid: getpid())) {
            try DataDirectoryLock(directory: directory.path)
        }
    }

    @Test func unusableDirectoryIsSaidToBeSo() throws {
        let directory = try TemporaryDirectory("lock")
        let missing = directory.file("missing")
        #expect(
            throws: DataDirectoryLockError.unusable(
                path: "\(missing)/signalbox.lock", reason: "No such file or directory")
        ) { try DataDirectoryLock(directory: missing) }
        symlink("/dev/null", directory.file("signalbox.lock"))
        #expect(throws: DataDirectoryLockError.self) { try DataDirectoryLock(directory: directory.path) }
    }
}

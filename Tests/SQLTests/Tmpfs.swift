import Glibc
import Support

/// A small file system in memory, mounted for one test; only root may.
final class Tmpfs: Sendable {
    static let isAvailable = (try? Tmpfs(kibibytes: 64)) != nil

    let directory: TemporaryDirectory
    var path: String { directory.path }

    init(kibibytes: Int) throws {
        directory = try TemporaryDirectory("tmpfs")
        guard Self.run(["mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "none", directory.path]) else {
            throw Unavailable()
        }
    }

    deinit { _ = Self.run(["umount", "--lazy", directory.path]) }

    struct Unavailable: Error {}

    private static func run(_ words: [String]) -> Bool {
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var pid = pid_t()
        guard posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ) == 0 else { return false }
        var status: Int32 = 0
        return waitpid(pid, &status, 0) == pid && status == 0
    }
}

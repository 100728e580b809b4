import Glibc
import SQL

/// The data directory and who may read what is in it.
struct DirectoryChecks {
    let directory: String
    let isRunning: Bool
    let holder: Int32?

    func findings() -> [Finding] {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return [
                .problem(
                    "data directory", "there is no directory \(directory)",
                    do: "set server.data_dir (SIGNALBOX_DATA_DIR), or start the server once to make it")
            ]
        }
        var findings: [Finding] = []
        if isRunning {
            findings.append(.ok("server", "process \(holder.map(String.init) ?? "unknown") holds \(directory)"))
        } else {
            findings.append(.ok("server", "no process holds \(directory)"))
        }
        if StagedFiles(into: directory).isDue {
            findings.append(
                .problem(
                    "restore", "a restore was cut short", do: "run `signalbox migrate`, or start the server: it goes on"
                ))
        }
        if access(directory, W_OK) != 0 {
            findings.append(
                .problem("data directory", "\(directory) cannot be written", do: "give it to the server's user"))
        }
        findings += permissions(of: directory, status, mode: 0o700)
        for name in (try? DirectoryListing.names(in: directory))?.sorted() ?? [] where Self.isPrivate(name) {
            var status = stat()
            if stat(directory + "/" + name, &status) == 0 {
                findings += permissions(of: directory + "/" + name, status, mode: 0o600)
            }
        }
        if !findings.contains(where: { $0.check == "permissions" }) {
            findings.append(.ok("permissions", "only the owner can read \(directory)"))
        }
        return findings
    }

    private static func isPrivate(_ name: String) -> Bool {
        name == "development.key" || (DataDirectory.files + [DataDirectory.cacheFile]).contains { name.hasPrefix($0) }
    }

    /// Digests of keys, sealed credentials and prompts are in it: nobody but the owner has a reason to read them.
    private func permissions(of path: String, _ status: stat, mode: mode_t) -> [Finding] {
        guard status.st_mode & 0o077 != 0 else { return [] }
        let shown = String(status.st_mode & 0o777, radix: 8)
        return [
            .problem(
                "permissions", "others than the owner can use \(path) (mode \(shown))",
                do: "chmod \(String(mode, radix: 8)) \(path)")
        ]
    }
}

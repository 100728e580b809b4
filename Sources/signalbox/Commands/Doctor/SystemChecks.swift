import CLinux
import Glibc

/// What the machine gives: room, descriptors, the time.
struct SystemChecks {
    let directory: String
    let settings: Settings
    /// The pid of the server, whose own limits count.
    let holder: Int32?

    private static let mebibyte = 1 << 20
    /// Below it a checkpoint or a migration may not find room.
    private static let freeMin = 64 * mebibyte
    private static let freeComfortable = 1024 * mebibyte
    /// 2026-01-01: this code is younger.
    private static let secondsMin = 1_767_225_600

    func findings() -> [Finding] { freeSpace() + descriptors() + clock() }

    private func freeSpace() -> [Finding] {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return [] }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        let text = "\(free / Self.mebibyte) MiB are free for \(directory)"
        if free < Self.freeMin {
            return [
                .problem(
                    "free space", text, do: "make room: control writes are refused with 507 when there is none left")
            ]
        }
        if status.f_files > 0, status.f_favail < 100 {
            return [.problem("free space", "\(status.f_favail) inodes are free", do: "remove files that nobody needs")]
        }
        guard free < Self.freeComfortable else { return [.ok("free space", text)] }
        return [.warning("free space", text, do: "make room, or keep telemetry for fewer days")]
    }

    private func descriptors() -> [Finding] {
        let wanted = settings.integer("server.connections_max") + DescriptorLimit.beside
        let limit: Int
        if let holder {
            guard let known = Self.descriptorLimit(of: holder) else { return [] }
            limit = known
        } else {
            // The server raises its limit when it starts.
            guard let known = DescriptorLimit.current?.hard else { return [] }
            limit = known
        }
        let whose = holder.map { "process \($0)" } ?? "a process started here"
        let text = "\(whose) may open \(limit) files, server.connections_max wants \(wanted)"
        guard limit < wanted else { return [.ok("descriptors", text)] }
        return [
            .warning(
                "descriptors", text,
                do: "raise the limit (LimitNOFILE= or ulimit -Hn): fewer connections are taken than that setting says")
        ]
    }

    /// The soft limit of a process (proc(5), limits).
    static func descriptorLimit(of pid: Int32) -> Int? {
        guard let file = fopen("/proc/\(pid)/limits", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("Max open files") else { continue }
            let fields = text.dropFirst("Max open files".utf8.count).split(separator: " ")
            return fields.first.flatMap { $0 == "unlimited" ? .max : Int($0) }
        }
        return nil
    }

    private func clock() -> [Finding] {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        guard now.tv_sec >= Self.secondsMin else {
            return [.problem("clock", "the clock says \(now.tv_sec) s since 1970", do: "set it, and keep it by NTP")]
        }
        // The log was written by a clock too: one that has gone back since repeats moments, and keys outlive their day.
        for name in DataDirectory.files {
            for suffix in ["", "-wal"] {
                var status = stat()
                guard stat(directory + "/" + name + suffix, &status) == 0 else { continue }
                let ahead = status.st_mtim.tv_sec - now.tv_sec
                guard ahead <= 60 else {
                    return [
                        .problem(
                            "clock", "\(name)\(suffix) was written \(ahead) s in the future",
                            do: "the clock has gone back: set it, and keep it by NTP")
                    ]
                }
            }
        }
        guard clinux_is_clock_synchronised() != 0 else {
            return [
                .warning(
                    "clock", "the kernel does not know its clock to be synchronised",
                    do: "run an NTP client (chrony, systemd-timesyncd), here or on the host")
            ]
        }
        return [.ok("clock", "synchronised")]
    }
}

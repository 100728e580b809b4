import Glibc

/// glibc's allocator keeps seven freed pieces of a size at hand for each thread, which is less than the inferences that
/// a loop has under way: eight of an inference's thirty pieces went through its slow path, by callgrind. The number can
/// only be set from the environment, and only as a program starts (mallopt(3) does not know it).
enum AllocatorTuning {
    private static let variable = "GLIBC_TUNABLES"
    /// As many as a loop has inferences under way in a busy moment. No more: each thread keeps so many of each of 64
    /// sizes, and where one thread frees what another made, that goes on filling for hours, which looks like a leak.
    private static let value = "glibc.malloc.tcache_count=32"

    /// Starts this program over with the allocator set, unless whoever started it has chosen already: the process, its
    /// arguments, descriptors and limits stay as they are. Goes on as it is where that cannot be had.
    static func startOver() {
        // A program that was replaced on disk since is another one.
        guard getenv(variable) == nil, let program = ownPath() else { return }
        setenv(variable, value, 1)
        execv(program, CommandLine.unsafeArgv)
    }

    private static func ownPath() -> String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &path, path.count - 1)
        guard length > 0 else { return nil }
        let text = String(decoding: path[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.hasSuffix(" (deleted)") ? nil : text
    }
}

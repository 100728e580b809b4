import Glibc

/// How many descriptors this process may have open (RLIMIT_NOFILE, getrlimit(2)).
struct DescriptorLimit {
    /// What holds now, and what an unprivileged process may raise it to.
    let soft: Int
    let hard: Int

    /// Descriptors beside the clients' connections: listeners, files, connections to providers.
    static let beside = 256

    // RLIMIT_NOFILE, which Swift does not see with the type that the functions take.
    private static let resource = __rlimit_resource_t(7)

    /// nil where the kernel does not say.
    static var current: DescriptorLimit? {
        var limits = rlimit()
        guard getrlimit(resource, &limits) == 0 else { return nil }
        return DescriptorLimit(soft: Int(clamping: limits.rlim_cur), hard: Int(clamping: limits.rlim_max))
    }

    /// Takes what there is. The soft limit is low for the sake of programs that use select(2), which this is not.
    /// - Returns: what then holds.
    static func raise() -> DescriptorLimit? {
        var limits = rlimit()
        guard getrlimit(resource, &limits) == 0, limits.rlim_cur < limits.rlim_max else { return current }
        limits.rlim_cur = limits.rlim_max
        _ = setrlimit(resource, &limits)
        return current
    }

    /// Clients' connections that leave descriptors for the rest, of `wanted`.
    func connections(of wanted: Int) -> Int { min(wanted, max(1, soft / 2, soft - Self.beside)) }
}

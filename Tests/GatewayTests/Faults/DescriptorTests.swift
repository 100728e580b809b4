import Glibc
import Testing

/// In a process of its own, where every descriptor is the gateway's or the test's.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DescriptorTests {
    @Test func noFaultLeavesADescriptorBehind() async {
        await #expect(processExitsWith: .success) { try await DescriptorTests.run() }
    }

    private static func run() async throws {
        // What is opened once and kept: loops, the resolver's, the trust store.
        for fault in FaultTable.connections + FaultTable.secured {
            try await FaultRun(fault).run(hasFallback: true)
        }
        let before = await settled(at: 0)
        for fault in FaultTable.all { try await FaultRun(fault).run(hasFallback: true) }
        let after = await settled(at: before)
        #expect(after <= before, "\(after - before) more")
    }

    /// The open descriptors, when there are no more than `count`, or when their number no longer falls.
    private static func settled(at count: Int) async -> Int {
        var last = open()
        var quiet = 0
        while last > count, quiet < 50 {
            _ = try? await offThread { poll(nil, 0, 10) }
            let now = open()
            quiet = now < last ? 0 : quiet + 1
            last = now
        }
        return last
    }

    private static func open() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}

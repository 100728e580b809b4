import CLinux
import Glibc

/// All connections on one thread. They begin evenly over the length of a stream, so that there are as many first events
/// at any time as there would be among strangers, and each asks for its next stream when the one before has ended.
struct StreamLoad {
    private let plan: StreamPlan
    private var connections: [StreamConnection] = []
    private(set) var report: StreamReport
    private var openStreams: Int

    /// Beyond the time that all of it should take.
    private static let patienceNanoseconds: UInt64 = 20_000_000_000
    private static let readBytes = 65_536
    private static let eventsPerTurn = 256

    init(_ plan: StreamPlan) {
        self.plan = plan
        report = StreamReport(plan)
        openStreams = plan.streams
    }

    /// Why it could not run; nil when every stream was asked for and has ended, well or badly.
    mutating func run() -> String? {
        let epoll = clinux_epoll_create()
        for index in 0..<plan.streams {
            let descriptor = clinux_connect_tcp("127.0.0.1", plan.port)
            guard descriptor >= 0 else { return "cannot connect to port \(plan.port): errno \(errno)" }
            guard clinux_epoll_add(epoll, descriptor, UInt32(CLINUX_READ), UInt64(index)) == 0 else {
                return "epoll: errno \(errno)"
            }
            connections.append(StreamConnection(descriptor: descriptor, rounds: plan.rounds))
        }
        defer {
            for connection in connections { close(connection.descriptor) }
            close(epoll)
        }
        return serve(epoll)
    }

    private mutating func serve(_ epoll: Int32) -> String? {
        let events = UnsafeMutablePointer<clinux_event>.allocate(capacity: Self.eventsPerTurn)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 16)
        defer {
            events.deallocate()
            buffer.deallocate()
        }
        let start = clinux_monotonic_ns()
        let gap = plan.durationNanoseconds / UInt64(plan.streams)
        let deadline =
            start + plan.durationNanoseconds * UInt64(plan.rounds + 1) + Self.patienceNanoseconds
        var begun = 0
        while openStreams > 0 {
            let now = clinux_monotonic_ns()
            guard now < deadline else { return "\(openStreams) connections have not ended: \(report.json)" }
            while begun < plan.streams, start + gap * UInt64(begun) <= now {
                guard connections[begun].start(plan, at: clinux_monotonic_ns()) else {
                    return "a request did not go out"
                }
                begun += 1
            }
            let count = clinux_epoll_wait(epoll, events, Int32(Self.eventsPerTurn), begun < plan.streams ? 1 : 100)
            for index in 0..<max(0, Int(count)) {
                if let fault = read(Int(events[index].token), buffer, epoll) { return fault }
            }
        }
        return report.firstFault
    }

    private mutating func read(_ index: Int, _ buffer: UnsafeMutableRawBufferPointer, _ epoll: Int32) -> String? {
        let count = clinux_receive(connections[index].descriptor, buffer.baseAddress, buffer.count)
        // By its own clock reading, not the turn's: a turn takes in many events.
        let now = clinux_monotonic_ns()
        guard count > 0 else { return "connection \(index) was closed by the other side" }
        let isWarm = connections[index].remainingRounds < plan.rounds - 1
        guard
            let finished = connections[index].take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: now)
        else { return nil }
        report.add(finished, isWarm: isWarm)
        guard connections[index].remainingRounds > 0, finished.fault == nil else {
            openStreams -= 1
            _ = clinux_epoll_remove(epoll, connections[index].descriptor)
            return nil
        }
        return connections[index].start(plan, at: clinux_monotonic_ns()) ? nil : "a request did not go out"
    }
}

import CLinux
import Glibc

/// All connections on one thread. Streams begin one by one, evenly, at moments that nothing that arrives decides: a
/// client that asks again the moment it was answered would ask while the provider is busy with the others of that
/// moment, and wait for them. A hop in between would hide that wait, and seem to cost less than none.
struct StreamLoad {
    private let plan: StreamPlan
    private var connections: [StreamConnection] = []
    private(set) var report: StreamReport
    /// Connections whose moment came while their last stream was not over.
    private var owed = Set<Int>()
    private var begun = 0
    private var openConnections: Int
    private let epoll = clinux_epoll_create()

    /// Beyond the time that all of it should take.
    private static let patienceNanoseconds: UInt64 = 20_000_000_000
    private static let idleNanoseconds: UInt64 = 100_000_000
    private static let readBytes = 65_536
    private static let eventsPerTurn = 256

    init(_ plan: StreamPlan) {
        self.plan = plan
        report = StreamReport(plan)
        openConnections = plan.connections
    }

    /// Why it could not run; nil when every stream was asked for and has ended, well or badly.
    mutating func run() -> String? {
        defer {
            for connection in connections { close(connection.descriptor) }
            close(epoll)
        }
        for index in 0..<plan.connections {
            let descriptor = clinux_connect_tcp("127.0.0.1", plan.port)
            guard descriptor >= 0 else { return "cannot connect to port \(plan.port): errno \(errno)" }
            connections.append(StreamConnection(descriptor: descriptor, rounds: plan.rounds))
            guard clinux_epoll_add(epoll, descriptor, UInt32(CLINUX_READ), UInt64(index)) == 0 else {
                return "epoll: errno \(errno)"
            }
        }
        return serve()
    }

    private mutating func serve() -> String? {
        let events = UnsafeMutablePointer<clinux_event>.allocate(capacity: Self.eventsPerTurn)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 16)
        defer {
            events.deallocate()
            buffer.deallocate()
        }
        let start = clinux_monotonic_ns()
        let deadline = start + plan.startNanoseconds(plan.connections * (plan.rounds + 1)) + Self.patienceNanoseconds
        while openConnections > 0 {
            let now = clinux_monotonic_ns()
            guard now < deadline else { return "\(openConnections) connections have not ended: \(report.json)" }
            if let fault = begin(since: start) { return fault }
            wait(until: begun < plan.connections * plan.rounds ? start + plan.startNanoseconds(begun) : nil)
            let count = clinux_epoll_wait(epoll, events, Int32(Self.eventsPerTurn), 0)
            for index in 0..<max(0, Int(count)) {
                if let fault = read(Int(events[index].token), buffer) { return fault }
            }
        }
        return report.firstFault
    }

    /// Starts the streams whose moment has come.
    private mutating func begin(since start: UInt64) -> String? {
        while begun < plan.connections * plan.rounds, start + plan.startNanoseconds(begun) <= clinux_monotonic_ns() {
            let index = begun % plan.connections
            begun += 1
            if connections[index].isBusy {
                owed.insert(index)
            } else if !connections[index].start(plan, at: clinux_monotonic_ns()) {
                return "a request did not go out"
            }
        }
        return nil
    }

    /// Until something can be read or the moment has come: epoll_wait(2) alone would round it to milliseconds.
    private func wait(until moment: UInt64?) {
        let now = clinux_monotonic_ns()
        let left = moment.map { $0 > now ? $0 - now : 0 } ?? Self.idleNanoseconds
        _ = clinux_wait_readable(epoll, left)
    }

    private mutating func read(_ index: Int, _ buffer: UnsafeMutableRawBufferPointer) -> String? {
        let count = clinux_receive(connections[index].descriptor, buffer.baseAddress, buffer.count)
        // By its own clock reading, not the turn's: a turn takes in many events.
        let now = clinux_monotonic_ns()
        guard count > 0 else { return "connection \(index) was closed by the other side" }
        let isWarm = connections[index].remainingRounds < plan.rounds - 1
        guard
            let finished = connections[index].take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: now)
        else { return nil }
        report.add(finished, isWarm: isWarm)
        if let fault = finished.fault { return fault }
        if connections[index].remainingRounds == 0 {
            openConnections -= 1
            _ = clinux_epoll_remove(epoll, connections[index].descriptor)
        } else if owed.remove(index) != nil, !connections[index].start(plan, at: clinux_monotonic_ns()) {
            return "a request did not go out"
        }
        return nil
    }
}

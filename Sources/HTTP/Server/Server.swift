import CLinux
import Glibc
package import Reactor
import Synchronization

/// An HTTP/1.1 server on a set of loops, each with listeners and connections of its own (SO_REUSEPORT).
package final class Server: Sendable {
    private let listen: [ListenAddress]
    private let rooms: [ServerLoop]
    private let state: ServerState
    private let unixPaths = Mutex<[String]>([])
    private static let backlog = Int32(Listener.queuedMax)

    /// The loops may be shared with other work and are started by their owner. Throws `ServerError` without a loop.
    package init(
        listen: [ListenAddress], loops: [EventLoop], routes: Router, limits: ServerLimits = ServerLimits(),
        edge: EdgeRules = EdgeRules(), errors: @escaping ErrorResponder, observer: any ServerObserver = NoObserver()
    ) throws {
        guard !loops.isEmpty else { throw ServerError(description: "a server needs an event loop") }
        self.listen = listen
        let state = ServerState(router: routes, limits: limits, edge: edge, errors: errors, observer: observer)
        self.state = state
        let share = max(limits.bodyBytesMax, limits.bodyBytesTotalMax / loops.count)
        let running = max(1, limits.inferencesMax / loops.count)
        rooms = loops.map { ServerLoop(loop: $0, state: state, bodyBytesMax: share, inferencesMax: running) }
    }

    /// Listens, and answers the bound addresses, port 0 resolved. Throws `ServerError` when an address is taken or
    /// unknown.
    package func start() async throws -> [ListenAddress] {
        var bound: [ListenAddress] = []
        var descriptors = [[Int32]](repeating: [], count: rooms.count)
        do {
            for address in listen { bound.append(try open(address, &descriptors)) }
        } catch {
            for descriptor in descriptors.joined() { close(descriptor) }
            unlinkSockets()
            throw error
        }
        for (room, own) in zip(rooms, descriptors) {
            do {
                try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                    room.loop.execute { continuation.resume(with: Result { try room.start(own) }) }
                }
            } catch {
                stopListening()
                throw error
            }
        }
        return bound
    }

    /// From now on every answer carries `Connection: close`; new connections are still taken.
    package func beginDrain() { state.beginDrain() }

    /// Closes the listeners; connections go on.
    package func stopListening() {
        for room in rooms { room.loop.execute { room.stopListening() } }
        unlinkSockets()
    }

    private func unlinkSockets() {
        let paths = unixPaths.withLock { paths in
            defer { paths = [] }
            return paths
        }
        for path in paths { unlink(path) }
    }

    /// Waits until every request is answered, then true; connections that idle are closed at once. After `timeout` what
    /// still runs is closed and the answer is false.
    package func drained(within timeout: Duration) async -> Bool {
        beginDrain()
        let finish = DrainGate(count: rooms.count)
        let inTime = await withCheckedContinuation { continuation in
            finish.wait(continuation)
            for room in rooms { room.loop.execute { room.drain { finish.arrive() } } }
            let first = rooms[0].loop
            first.execute { _ = first.schedule(after: timeout) { finish.expire() } }
        }
        if !inTime { for room in rooms { room.loop.execute { room.closeAll() } } }
        return inTime
    }

    package var isDraining: Bool { state.isDraining }

    package var counters: ServerCounters {
        var sum = ServerCounters()
        for room in rooms { room.counters.add(to: &sum) }
        return sum
    }

    private func open(_ address: ListenAddress, _ descriptors: inout [[Int32]]) throws -> ListenAddress {
        switch address {
        case .tcp(let host, let port): return try openTCP(host, port, &descriptors)
        case .unix(let path):
            // A socket that nobody answers on is a leftover of a process that was killed.
            if clinux_is_socket(path) != 0 {
                let probe = clinux_connect_unix(path)
                guard probe < 0 else {
                    close(probe)
                    throw failure(address, "another process listens there")
                }
                unlink(path)
            }
            let first = clinux_listen_unix(path, state.edge.unixSocketMode, Self.backlog)
            guard first >= 0 else { throw failure(address) }
            descriptors[0].append(first)
            unixPaths.withLock { $0.append(path) }
            for index in rooms.indices.dropFirst() {
                let copy = clinux_duplicate(first)
                guard copy >= 0 else { throw failure(address) }
                descriptors[index].append(copy)
            }
            return address
        }
    }

    private func openTCP(_ host: String, _ port: Int, _ descriptors: inout [[Int32]]) throws -> ListenAddress {
        let address = ListenAddress.tcp(host: host, port: port)
        guard var bound = UInt16(exactly: port) else { throw failure(address, "the port is not from 0 to 65535") }
        let isShared: Int32 = rooms.count > 1 ? 1 : 0
        if isShared != 0, port != 0 {
            // SO_REUSEPORT would let two processes share a port unnoticed; a probe without it finds the other one.
            let probe = clinux_listen_tcp(host, bound, 1, 0, &bound)
            guard probe >= 0 else { throw failure(address) }
            close(probe)
        }
        for index in rooms.indices {
            let descriptor = clinux_listen_tcp(host, bound, Self.backlog, isShared, &bound)
            guard descriptor >= 0 else { throw failure(address) }
            descriptors[index].append(descriptor)
        }
        return .tcp(host: host, port: Int(bound))
    }

    private func failure(_ address: ListenAddress, _ reason: String? = nil) -> ServerError {
        ServerError(description: "cannot listen on \(address): \(reason ?? String(cString: strerror(errno)))")
    }
}

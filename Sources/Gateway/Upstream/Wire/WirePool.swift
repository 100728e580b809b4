import DequeModule
import HTTP
import Reactor

/// The connections of one loop to one origin, and who waits for one. Whoever comes takes the connection that was used
/// last; without one a new one is opened, and given to whoever has waited longest when it is ready. Touched only on its
/// loop's thread.
final class WirePool: TransferCarrier, @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.

    private let client: WireClient
    private let head: RequestHeadTemplate
    private var idle: [WireConnection] = []
    private var waiting = Deque<Transfer>()
    private var dials: [ObjectIdentifier: CurlSession] = [:]
    /// Busy and idle ones, without those that are being opened.
    private var openCount = 0

    init(client: WireClient, head: RequestHeadTemplate) {
        self.client = client
        self.head = head
    }

    var loop: EventLoop { client.loop }
    var wireLimits: WireLimits { client.wireLimits }
    /// How many bytes a read takes at most.
    var inputBytes: Int { client.inputBytes }

    func withOutput(_ body: (inout [UInt8]) -> Void) { client.withOutput(body) }

    func receive(
        from channel: Channel, _ take: (UnsafeRawBufferPointer) -> Void
    ) -> (Channel.Reading, isFull: Bool) {
        client.receive(from: channel, take)
    }

    // MARK: Transfers

    func start(_ transfer: Transfer) {
        guard let connection = takeIdle() else { return wait(transfer) }
        // Targets of one origin differ in their fields.
        connection.carry(transfer, transfer.request.target.head ?? head)
    }

    private func wait(_ transfer: Transfer) {
        transfer.carrier = self
        waiting.append(transfer)
        dial(for: transfer)
    }

    /// On a connection that is new: the others of this pool are as old as the one that was closed.
    func retry(_ transfer: Transfer) {
        transfer.isRetried = true
        for connection in idle { connection.close() }
        transfer.carrier = self
        waiting.prepend(transfer)
        dial(for: transfer)
    }

    private func takeIdle() -> WireConnection? {
        while let connection = idle.popLast() {
            client.idleCount -= 1
            if connection.isQuiet { return connection }
            connection.close()
        }
        return nil
    }

    private func dial(for transfer: Transfer) {
        let bound = client.limits.connectionsPerHostMax
        guard dials.count < waiting.count, bound == 0 || openCount + dials.count < bound else { return }
        // The session is told apart by its own identity, which it has once it was made.
        var key: ObjectIdentifier?
        let session = CurlSession.connect(
            to: transfer.request.target, isSecure: head.origin.isSecure, within: transfer.request.deadlines.connect,
            share: client.share, on: loop
        ) { [weak self] result in
            guard let self else { return }
            if let key { dials[key] = nil }
            dialled(result)
        }
        guard let session else {
            waiting.removeAll { $0 === transfer }
            transfer.carrier = nil
            transfer.end(.other)
            // It may have waited before: for a connection that turned out to be closed.
            return transfer.settle()
        }
        key = ObjectIdentifier(session)
        dials[ObjectIdentifier(session)] = session
    }

    private func dialled(_ result: Result<Channel, UpstreamFailure>) {
        switch result {
        case .success(let channel):
            let connection = WireConnection(channel, pool: self)
            openCount += 1
            guard connection.start() else { return connection.close() }
            rested(connection)
        case .failure(let failure):
            if let transfer = waiting.popFirst() {
                transfer.carrier = nil
                transfer.end(failure)
                transfer.settle()
            }
            if let next = waiting.first { dial(for: next) }
        }
    }

    // MARK: Connections

    /// A connection is free: for whoever has waited longest, or for later.
    func rested(_ connection: WireConnection) {
        if let transfer = waiting.popFirst() {
            connection.carry(transfer, transfer.request.target.head ?? head)
        } else if client.idleCount < client.limits.idleConnectionsMax {
            idle.append(connection)
            client.idleCount += 1
        } else {
            connection.close()
        }
    }

    func closed(_ connection: WireConnection) {
        openCount -= 1
        if let index = idle.lastIndex(where: { $0 === connection }) {
            idle.remove(at: index)
            client.idleCount -= 1
        }
        if let next = waiting.first { dial(for: next) }
    }

    /// Closes what has not been used since `instant`.
    func closeIdle(since instant: UInt64) {
        for connection in idle where connection.idleSince < instant { connection.close() }
    }

    // MARK: Whoever waits

    func resume(_ transfer: Transfer) {}
    func sendOn(_ transfer: Transfer) {}

    func abandon(_ transfer: Transfer) {
        transfer.carrier = nil
        waiting.removeAll { $0 === transfer }
        // A connection that is being opened is of use to others, unless there are none.
        guard waiting.isEmpty else { return }
        for session in dials.values { session.destroy() }
        dials.removeAll()
    }

    func lacksSlot(for transfer: Transfer) -> Bool {
        // Those that are being opened go to whoever has waited longest.
        !waiting.prefix(dials.count).contains { $0 === transfer }
    }

    func stop() {
        abandonAll()
        for connection in idle { connection.close() }
    }

    private func abandonAll() {
        for session in dials.values { session.destroy() }
        dials.removeAll()
        while let transfer = waiting.popFirst() {
            transfer.carrier = nil
            transfer.end(.cancelled)
            transfer.settle()
        }
    }
}

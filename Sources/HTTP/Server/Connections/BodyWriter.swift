package import Reactor

/// Writes the body of a streamed answer: chunked for HTTP/1.1, up to the end of the connection for HTTP/1.0.
package final class BodyWriter: Sendable {
    /// The connection's loop.
    package let loop: EventLoop
    private let connection: Connection
    private let exchange: Int

    init(connection: Connection, exchange: Int) {
        self.connection = connection
        self.exchange = exchange
        loop = connection.loop
    }

    /// Sends bytes in order; what is written within one turn of the loop leaves together. Returns as soon as what the
    /// client has not taken is below the connection's high-water mark: a slow reader holds its writer back.
    /// Throws `ClientGone` when the client left or did not read in time, `CancellationError` when the task is cancelled
    /// while it waits.
    package func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        let isOnLoop = loop.isCurrent
        if isOnLoop, try !connection.write(bytes, exchange: exchange) { return }
        let waiter = WriteWaiter()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if isOnLoop {
                    waiter.begin(continuation)
                    connection.wait(waiter, exchange: exchange)
                } else {
                    loop.execute { self.writeFromElsewhere(bytes, waiter, continuation) }
                }
            }
        } onCancel: {
            loop.execute { waiter.cancel() }
        }
    }

    private func writeFromElsewhere(
        _ bytes: [UInt8], _ waiter: WriteWaiter, _ continuation: CheckedContinuation<Void, any Error>
    ) {
        do {
            let mustWait = try connection.write(bytes, exchange: exchange)
            waiter.begin(continuation)
            if mustWait { connection.wait(waiter, exchange: exchange) } else { waiter.resume() }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

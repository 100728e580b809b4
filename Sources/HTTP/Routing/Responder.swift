import Reactor

/// Where the answer to a request goes that is not given by returning. Used on the request's loop; one for a client that
/// has left is dropped. Whoever has it must give one answer in the end: nothing else lets the connection go on.
package struct Responder: Sendable {
    private enum Receiver: Sendable {
        case connection(Connection, Int)
        case closure(EventLoop, @Sendable (Response) -> Void)
    }

    private let receiver: Receiver

    init(_ connection: Connection, _ number: Int) { receiver = .connection(connection, number) }

    private init(on loop: EventLoop, _ receive: @escaping @Sendable (Response) -> Void) {
        receiver = .closure(loop, receive)
    }

    /// What a handler answers to a call within the process.
    package static func response(
        to request: Request, _ handler: @escaping @Sendable (Responder) -> Void
    ) async -> Response {
        await withCheckedContinuation { continuation in
            request.loop.execute {
                handler(Responder(on: request.loop) { continuation.resume(returning: $0) })
            }
        }
    }

    package func send(_ response: Response) {
        switch receiver {
        case .connection(let connection, let number): connection.reply(response, number)
        case .closure(_, let receive): receive(response)
        }
    }

    /// Has a task find the answer; it begins on this very stack, and prefers the loop.
    package func run(_ operation: @escaping @Sendable () async -> Response) {
        switch receiver {
        case .connection(let connection, let number): connection.answer(by: operation, number)
        case .closure(let loop, let receive): Task.immediate(executorPreference: loop) { receive(await operation()) }
        }
    }
}

/// Is told of every answer, on its connection's loop: must not block.
package protocol ServerObserver: AnyObject, Sendable {
    /// Whether it wants to be told of an answer with this status: what it would be told costs its making.
    func wants(status: Int) -> Bool

    /// - `route`: the matched template, or "" where none was.
    /// - `duration`: from the request's first byte to the last byte of its answer handed to the kernel's or our buffer.
    /// - `bytesOut`: of the answer, its head included.
    /// - `client`: the address of who asked: the peer's, or what a trusted proxy says; "unix" for a socket file.
    func completed(
        route: String, method: Method, status: Int, duration: Duration, bytesOut: Int, requestID: String,
        client: String)
}

extension ServerObserver {
    package func wants(status: Int) -> Bool { true }
}

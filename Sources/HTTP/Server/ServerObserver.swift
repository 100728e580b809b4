/// Is told of every answer, on its connection's loop: must not block.
package protocol ServerObserver: Sendable {
    /// - `route`: the matched template, or "" where none was.
    /// - `duration`: from the request's first byte to the last byte of its answer handed to the kernel's or our buffer.
    /// - `bytesOut`: of the answer, its head included.
    /// - `client`: the address of who asked: the peer's, or what a trusted proxy says; "unix" for a socket file.
    func completed(
        route: String, method: Method, status: Int, duration: Duration, bytesOut: Int, requestID: String,
        client: String)
}

/// Is told of every answer, on its connection's loop: must not block.
package protocol ServerObserver: Sendable {
    /// - `route`: the matched template, or "" where none was.
    /// - `duration`: from the request's first byte to the last byte of its answer handed to the kernel's or our buffer.
    /// - `bytesOut`: of the answer, its head included.
    func completed(
        route: String, method: Method, status: Int, duration: Duration, bytesOut: Int, requestID: String)
}

/// One request of a batch, to be answered as if its key had sent it now.
package struct BatchLineRequest: Sendable {
    /// The operation, as `/v1/chat/completions`.
    package let path: String
    /// JSON, as the caller wrote it.
    package let body: [UInt8]
    /// The same each time that the line is asked.
    package let requestID: String
    package let principal: Principal

    package init(path: String, body: [UInt8], requestID: String, principal: Principal) {
        self.path = path
        self.body = body
        self.requestID = requestID
        self.principal = principal
    }
}

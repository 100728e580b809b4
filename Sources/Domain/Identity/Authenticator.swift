/// Finds who a credential belongs to, from memory alone: a sick database does not lock callers out.
package protocol Authenticator: Sendable {
    /// - Parameter credential: the bytes after `Bearer `, of `x-api-key`, or the secret of HTTP Basic.
    /// - Returns: nil for an unknown, expired or revoked key; nothing tells which.
    func principal(for credential: ArraySlice<UInt8>) -> Principal?

    /// The same for a connection that may send one credential many times.
    /// - Parameter accepted: what this noted on the same connection before, and what it notes now. For the
    ///   authenticator alone to read.
    func principal(for credential: ArraySlice<UInt8>, accepted: inout AnyObject?) -> Principal?
}

extension Authenticator {
    /// Notes nothing.
    package func principal(for credential: ArraySlice<UInt8>, accepted: inout AnyObject?) -> Principal? {
        principal(for: credential)
    }
}

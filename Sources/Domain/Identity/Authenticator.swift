/// Finds who a credential belongs to, from memory alone: a sick database does not lock callers out.
package protocol Authenticator: Sendable {
    /// - Parameter credential: the bytes after `Bearer `, of `x-api-key`, or the secret of HTTP Basic.
    /// - Returns: nil for an unknown, expired or revoked key; nothing tells which.
    func principal(for credential: ArraySlice<UInt8>) -> Principal?
}

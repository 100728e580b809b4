/// Encrypts what is stored and must not be read from the file. `context` (project, table, row, column) is bound to the
/// ciphertext, so that a sealed value moved to another row does not open.
package protocol SecretSealing: Sendable {
    func seal(_ secret: Secret, context: String) throws -> [UInt8]
    /// - Throws: when the bytes were changed, belong to another context, or were sealed with another master key.
    func open(_ sealed: [UInt8], context: String) throws -> Secret
}

import Domain

/// A credential that a connection has proved, and what it was proved by. It lives in memory for as long as the
/// connection does, as the request's own bytes do, and saves every further request its HMAC.
final class AcceptedCredential: Sendable {
    private let credential: [UInt8]
    let entry: KeyTable.Entry
    /// Until when it is taken, where it is the secret before the last rotation; nil for no such end.
    let until: Timestamp?
    /// Of the table that it was looked up in. Any change to the keys makes another, and this worthless; the table
    /// itself is not held, since connections live long.
    private let generation: UInt64

    init(_ credential: ArraySlice<UInt8>, _ entry: KeyTable.Entry, until: Timestamp?, in table: KeyTable) {
        self.credential = Array(credential)
        self.entry = entry
        self.until = until
        generation = table.generation
    }

    /// Compares in constant time.
    func holds(_ other: ArraySlice<UInt8>, in current: KeyTable) -> Bool {
        guard generation == current.generation, other.count == credential.count else { return false }
        return other.withUnsafeBufferPointer { other in
            var difference: UInt8 = 0
            for index in credential.indices { difference |= credential[index] ^ other[index] }
            return difference == 0
        }
    }
}

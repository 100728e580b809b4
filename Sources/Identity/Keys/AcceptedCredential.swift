/// A credential that a connection has proved, and what it was proved by. It lives in memory for as long as the
/// connection does, as the request's own bytes do, and saves every further request its HMAC.
final class AcceptedCredential: Sendable {
    private let credential: [UInt8]
    let entry: KeyTable.Entry
    /// Any change to the keys makes another table, and this worthless.
    private let table: KeyTable

    init(_ credential: ArraySlice<UInt8>, _ entry: KeyTable.Entry, in table: KeyTable) {
        self.credential = Array(credential)
        self.entry = entry
        self.table = table
    }

    /// Compares in constant time.
    func holds(_ other: ArraySlice<UInt8>, in current: KeyTable) -> Bool {
        guard table === current, other.count == credential.count else { return false }
        return other.withUnsafeBufferPointer { other in
            var difference: UInt8 = 0
            for index in credential.indices { difference |= credential[index] ^ other[index] }
            return difference == 0
        }
    }
}

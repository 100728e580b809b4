/// One numbered step of a schema. What has been applied is never edited: the checksum kept in the file tells.
package struct Migration: Sendable, Equatable {
    /// From 1, rising.
    package let version: Int
    /// What it brings, for people.
    package let name: String
    /// Any number of statements; without BEGIN or COMMIT, since all pending migrations run in one transaction.
    package let sql: String

    /// The migrator checks the order and the text when it runs.
    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// FNV-1a, 64 bits, in hexadecimal (Fowler, Noll, Vo): it guards against an edit by mistake, not against malice.
    package var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

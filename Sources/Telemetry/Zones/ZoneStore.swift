import Domain
import JSON
import SQL

/// The rows of zones and of their filters.
enum ZoneStore {
    private static let insertion = """
        INSERT INTO zones (zone, profiles, created_min, created_max, id_min, id_max) VALUES ($1, $2, $3, $4, $5, $6)
        """

    static func write(_ zone: Zone, in transaction: any Transaction) throws {
        guard let created = zone.created, let ids = zone.ids else { return }
        try transaction.execute(
            insertion,
            [
                .integer(zone.number), .blob(encoded(zone.profiles)), .integer(created.lowerBound),
                .integer(created.upperBound), .integer(ids.lowerBound), .integer(ids.upperBound),
            ])
        for kind in ZoneTerm.Kind.allCases where zone.isUsed[Int(kind.rawValue)] {
            try transaction.execute(
                "INSERT INTO zone_terms (key, bits) VALUES ($1, $2)",
                [.integer(key(kind, zone.number)), .blob(zone.filters[Int(kind.rawValue)].bytes)])
        }
    }

    static func key(_ kind: ZoneTerm.Kind, _ zone: Int64) -> Int64 { kind.rawValue << 40 + zone }

    private static func encoded(_ profiles: Set<Int64>) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(profiles.count * 4)
        for profile in profiles.sorted() {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: profile).littleEndian) { bytes += $0 }
        }
        return bytes
    }

    static func profiles(_ bytes: [UInt8]) -> [Int64] {
        stride(from: 0, to: bytes.count - 3, by: 4).map { at in
            (0..<4).reduce(0) { $0 | Int64(bytes[at + $1]) << (8 * Int64($1)) }
        }
    }

    /// The zone that the next outcome falls into, with what is in it so far, and that outcome's number.
    static func open(in connection: any Connection) throws -> (zone: Zone, next: Int64) {
        let last = try connection.first("SELECT max(seq) FROM outcomes") { try $0.integerOrNull(0) } ?? nil
        let sealed = try connection.first("SELECT max(zone) FROM zones") { try $0.integerOrNull(0) } ?? nil
        // Retention may have taken the last rows of a full zone.
        let next = max((last ?? -1) + 1, ((sealed ?? -1) + 1) << Zone.shift)
        var zone = Zone(number: Zone.number(of: next))
        for row in try rows(Zone.rows(zone.number), in: connection) { row.count(in: &zone) }
        return (zone, next)
    }

    private struct StoredRow {
        let profile: Int64
        let createdAt: Int64
        let id: ULID
        let unit: String
        let request: String
        let slices: String?

        func count(in zone: inout Zone) {
            zone.count(profile: profile, createdAt: createdAt, id: id)
            zone.insert(ZoneTerm(unit: unit))
            zone.insert(ZoneTerm(request: request))
            guard let slices, let object = try? JSONValue(parsing: slices).objectValue else { return }
            for (name, value) in object { zone.insert(ZoneTerm(slice: name, value.stringValue ?? "")) }
        }
    }

    private static func rows(_ range: ClosedRange<Int64>, in connection: any Connection) throws -> [StoredRow] {
        try connection.query(
            """
            SELECT profile_id, created_at, id, unit, request_id, slices FROM outcomes WHERE seq BETWEEN $1 AND $2
            """, [.integer(range.lowerBound), .integer(range.upperBound)]
        ) { row -> StoredRow? in
            guard let id = ULID(bytes: try row.blob(2)) else { return nil }
            return StoredRow(
                profile: try row.integer(0), createdAt: try row.integer(1), id: id, unit: try row.text(3),
                request: try row.text(4), slices: try row.textOrNull(5))
        }.compactMap { $0 }
    }
}

import Domain
import JSON
import SQL

/// Finds outcomes, the last written first: it looks into the zone that is being filled, and of the others only into
/// those whose summaries say that there may be something.
struct OutcomeSearch: Sendable {
    /// An outcome as the API shows it, with its number.
    struct Found: Sendable {
        let seq: Int64
        let json: JSONValue
    }

    /// On `profiles p`.
    private var profile = Clauses()
    /// On `outcomes o` and `profiles p`.
    private var row = Clauses()
    /// On `zones`.
    private var zone = Clauses()
    private var terms: [ZoneTerm] = []
    /// Whether the profiles are few enough among all to be worth knowing beforehand.
    private var choosesProfiles = true

    init(project: String) {
        whereProfile("project_id", project)
    }

    /// The one outcome with that id.
    init(id: ULID, project: String) {
        self.init(project: project)
        row.add("o.id = ", .blob(id.bytes))
        zone.add("id_min <= ", .integer(id.milliseconds))
        zone.add("id_max >= ", .integer(id.milliseconds))
        terms.append(ZoneTerm(id: id))
        choosesProfiles = false
    }

    /// - Parameter column: of `profiles`.
    mutating func whereProfile(_ column: String, _ value: String) {
        profile.add("p.\(column) = ", .text(value))
        row.add("p.\(column) = ", .text(value))
    }

    mutating func whereUnit(_ unit: String) {
        row.add("o.unit = ", .text(unit))
        terms.append(ZoneTerm(unit: unit))
    }

    /// Those that are copies of this one.
    mutating func whereMirror(of id: ULID) { row.add("o.mirror_of = ", .blob(id.bytes)) }

    mutating func whereRequest(_ request: String) {
        row.add("o.request_id = ", .text(request))
        terms.append(ZoneTerm(request: request))
    }

    /// The member is looked for as text. What stands before its opening quote tells it from the end of another name,
    /// since a quote within a name follows a backslash.
    mutating func whereSlice(_ name: String, _ value: String) {
        let member = JSONValue.string(name).text + ":" + JSONValue.string(value).text
        row.add(.text("{" + member), .text("," + member)) { first, later in
            "(instr(o.slices, \(first)) > 0 OR instr(o.slices, \(later)) > 0)"
        }
        terms.append(ZoneTerm(slice: name, value))
    }

    /// Both in Unix milliseconds.
    mutating func whereCreated(from: Int64?, before: Int64?) {
        if let from {
            row.add("o.created_at >= ", .integer(from))
            zone.add("created_max >= ", .integer(from))
        }
        if let before {
            row.add("o.created_at < ", .integer(before))
            zone.add("created_min < ", .integer(before))
        }
    }

    /// At most `count`, all with numbers less than `before`, the greatest first.
    func run(before: Int64 = .max, count: Int, in connection: any Connection) throws -> [Found] {
        let wanted = try choosesProfiles ? profiles(in: connection) : nil
        if let wanted, wanted.isEmpty { return [] }
        var found = [Found]()
        let sealed = try connection.first("SELECT max(zone) FROM zones") { try $0.integerOrNull(0) } ?? nil
        let tail = ((sealed ?? -1) + 1) << Zone.shift
        if before > tail { try look(into: tail...before - 1, &found, count, in: connection) }
        var next = min(Zone.number(of: before - 1), sealed ?? -1)
        var chunk = 4
        while next >= 0, found.count < count {
            let zones = try candidates(from: next, chunk, wanted, in: connection)
            for number in try filtered(zones.chosen, in: connection) where found.count < count {
                let rows = Zone.rows(number)
                let last = min(rows.upperBound, before - 1)
                try look(into: rows.lowerBound...last, &found, count, in: connection)
            }
            guard let last = zones.last else { break }
            next = last - 1
            chunk = min(chunk * 2, 1_024)
        }
        return found
    }

    private func look(
        into range: ClosedRange<Int64>, _ found: inout [Found], _ count: Int, in connection: any Connection
    ) throws {
        var clauses = row
        clauses.add("o.seq >= ", .integer(range.lowerBound))
        clauses.add("o.seq <= ", .integer(range.upperBound))
        // CROSS keeps the order: by numbers first, since the range is short and profiles may be many.
        found += try connection.query(
            """
            SELECT \(OutcomeRow.columns) FROM outcomes o CROSS JOIN profiles p ON p.id = o.profile_id
            WHERE \(clauses.text) ORDER BY o.seq DESC LIMIT $\(clauses.values.count + 1)
            """, clauses.values + [.init(count - found.count)]
        ) { Found(seq: try $0.integer(OutcomeRow.seqColumn), json: try OutcomeRow.json($0)) }
    }

    // MARK: Zones

    /// Which profiles an outcome may have, by id.
    private struct Wanted {
        private var isWanted: [Bool] = []
        private(set) var isEmpty = true

        mutating func insert(_ id: Int64) {
            isEmpty = false
            if id >= isWanted.count { isWanted += repeatElement(false, count: Int(id) + 1 - isWanted.count) }
            isWanted[Int(id)] = true
        }

        func contains(_ id: Int64) -> Bool { id < isWanted.count && isWanted[Int(id)] }
    }

    private func profiles(in connection: any Connection) throws -> Wanted {
        var wanted = Wanted()
        let ids = try connection.query("SELECT p.id FROM profiles p WHERE \(profile.text)", profile.values) {
            try $0.integer(0)
        }
        for id in ids { wanted.insert(id) }
        return wanted
    }

    /// Up to `count` zones from `first` down: those with profiles that are wanted, and the last one that was read.
    private func candidates(
        from first: Int64, _ count: Int, _ wanted: Wanted?, in connection: any Connection
    ) throws -> (chosen: [Int64], last: Int64?) {
        var clauses = zone
        clauses.add("zone <= ", .integer(first))
        var chosen = [Int64]()
        var last: Int64?
        _ = try connection.query(
            """
            SELECT zone, profiles FROM zones WHERE \(clauses.text)
            ORDER BY zone DESC LIMIT $\(clauses.values.count + 1)
            """, clauses.values + [.init(count)]
        ) { row in
            let number = try row.integer(0)
            last = number
            guard let wanted else { return chosen.append(number) }
            if ZoneStore.profiles(try row.blob(1)).contains(where: wanted.contains) { chosen.append(number) }
        }
        return (chosen, last)
    }

    /// Those of `zones` (falling) that may hold all terms. The filters of neighbours are read in one go.
    private func filtered(_ zones: [Int64], in connection: any Connection) throws -> [Int64] {
        var left = Set(zones)
        for term in terms {
            guard let low = left.min(), let high = left.max() else { return [] }
            let base = ZoneStore.key(term.kind, 0)
            var holding = Set<Int64>()
            _ = try connection.query(
                "SELECT key, bits FROM zone_terms WHERE key >= $1 AND key <= $2",
                [.integer(base + low), .integer(base + high)]
            ) { row in
                let number = try row.integer(0) - base
                guard left.contains(number), let filter = TermFilter(bytes: try row.blob(1)) else { return }
                if filter.mayContain(term.hash) { holding.insert(number) }
            }
            left = holding
        }
        return zones.filter(left.contains)
    }
}

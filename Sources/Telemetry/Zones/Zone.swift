import Domain

/// What a search must know of 1,024 outcomes that follow one another to pass over them.
struct Zone: Sendable, Equatable {
    static let shift: Int64 = 10
    static let rowCount: Int64 = 1 << shift

    /// Rows from `number * rowCount` on.
    let number: Int64
    private(set) var profiles: Set<Int64> = []
    private(set) var created: ClosedRange<Int64>?
    /// The milliseconds in the ids, which are not quite those of `created`.
    private(set) var ids: ClosedRange<Int64>?
    private(set) var filters = ZoneTerm.Kind.allCases.map { _ in TermFilter() }
    /// Whether a filter of that kind holds anything.
    private(set) var isUsed = ZoneTerm.Kind.allCases.map { _ in false }
    private var lastProfile: Int64 = -1

    init(number: Int64) {
        self.number = number
    }

    static func number(of seq: Int64) -> Int64 { seq >> shift }

    static func rows(_ number: Int64) -> ClosedRange<Int64> {
        number << shift...number << shift + rowCount - 1
    }

    mutating func count(profile: Int64, createdAt: Int64, id: ULID) {
        if profile != lastProfile {
            profiles.insert(profile)
            lastProfile = profile
        }
        created = Self.widened(created, by: createdAt)
        ids = Self.widened(ids, by: id.milliseconds)
        insert(ZoneTerm(id: id))
    }

    mutating func count(_ outcome: Outcome, _ row: StorableOutcome) {
        count(profile: row.profile.id, createdAt: outcome.createdAt.milliseconds, id: outcome.id)
        insert(ZoneTerm(unit: outcome.unit))
        insert(ZoneTerm(request: outcome.requestID))
        for slice in outcome.slices { insert(ZoneTerm(slice: slice.name, slice.value)) }
    }

    mutating func insert(_ term: ZoneTerm) {
        let kind = Int(term.kind.rawValue)
        filters[kind].insert(term.hash)
        isUsed[kind] = true
    }

    private static func widened(_ range: ClosedRange<Int64>?, by value: Int64) -> ClosedRange<Int64> {
        guard let range else { return value...value }
        return min(range.lowerBound, value)...max(range.upperBound, value)
    }

    static func == (left: Zone, right: Zone) -> Bool {
        left.number == right.number && left.profiles == right.profiles && left.created == right.created
            && left.ids == right.ids && left.filters == right.filters
    }
}

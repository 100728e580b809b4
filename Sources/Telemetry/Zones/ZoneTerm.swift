import Domain

/// What a search may know of an outcome that is its own: hashed, for the filters of zones. The hashes are in the file,
/// so how they are made is never changed.
struct ZoneTerm: Hashable, Sendable {
    enum Kind: Int64, CaseIterable, Sendable {
        case id, unit, request, slice
    }

    let kind: Kind
    let hash: UInt64

    init(id: ULID) {
        kind = .id
        hash = TextHash.mix(id.high ^ TextHash.mix(id.low))
    }

    init(unit: String) {
        kind = .unit
        hash = TextHash.of(unit)
    }

    init(request: String) {
        kind = .request
        hash = TextHash.of(request)
    }

    init(slice name: String, _ value: String) {
        kind = .slice
        hash = TextHash.mix(TextHash.of(name) &+ TextHash.of(value) &* TextHash.multiplier)
    }
}

/// One value as it goes into or comes out of a statement; the five kinds that SQLite stores and PostgreSQL can hold.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// A NaN is refused when it is bound: SQLite would silently store NULL for it.
    case real(Double)
    case text(String)
    case blob([UInt8])
}

extension SQLValue {
    /// `integer`.
    package init(_ value: Int) { self = .integer(Int64(value)) }
    /// `integer`.
    package init(_ value: Int64) { self = .integer(value) }
    /// `real`.
    package init(_ value: Double) { self = .real(value) }
    /// `text`.
    package init(_ value: String) { self = .text(value) }
    /// `blob`.
    package init(_ value: [UInt8]) { self = .blob(value) }
    /// Stored as 0 or 1: STRICT tables know no boolean.
    package init(_ value: Bool) { self = .integer(value ? 1 : 0) }

    /// `integer`, or `null` for nil.
    package init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    /// `integer`, or `null` for nil.
    package init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }
    /// `real`, or `null` for nil.
    package init(_ value: Double?) { self = value.map { .real($0) } ?? .null }
    /// `text`, or `null` for nil.
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    /// `blob`, or `null` for nil.
    package init(_ value: [UInt8]?) { self = value.map { .blob($0) } ?? .null }
    /// 0 or 1, or `null` for nil.
    package init(_ value: Bool?) { self = value.map { .integer($0 ? 1 : 0) } ?? .null }
}

extension SQLValue: ExpressibleByNilLiteral {
    package init(nilLiteral: ()) { self = .null }
}

extension SQLValue: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }
}

extension SQLValue: ExpressibleByFloatLiteral {
    package init(floatLiteral value: Double) { self = .real(value) }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) { self = .text(value) }
}

extension SQLValue: ExpressibleByBooleanLiteral {
    package init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }
}

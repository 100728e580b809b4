extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// `null`.
    package init(nilLiteral: ()) { self = .null }
    /// `true` or `false`.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An exact number.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number; one that is not finite is written as `null`.
    package init(floatLiteral value: Double) { self = .number(value) }
    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// A key written twice keeps its last value.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
    }
}

package extension JSONValue {
    /// An exact number.
    init(_ value: Int) { self = .integer(Int64(value)) }
    /// An exact number.
    init(_ value: Int64) { self = .integer(value) }
    /// A number; one that is not finite is written as `null`.
    init(_ value: Double) { self = .number(value) }
    /// `true` or `false`.
    init(_ value: Bool) { self = .bool(value) }
    /// A string.
    init(_ value: some StringProtocol) { self = .string(String(value)) }

    /// `null` for nil.
    init(_ value: String?) { self = value.map(JSONValue.string) ?? .null }
    /// `null` for nil.
    init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    /// `null` for nil.
    init(_ value: Double?) { self = value.map(JSONValue.number) ?? .null }
    /// `null` for nil.
    init(_ value: Bool?) { self = value.map(JSONValue.bool) ?? .null }
}

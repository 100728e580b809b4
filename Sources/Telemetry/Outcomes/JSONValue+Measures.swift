package import JSON

package extension JSONValue {
    /// A duration in milliseconds, with three decimals at most.
    static func milliseconds(_ value: Double) -> JSONValue {
        .number((value * 1_000).rounded() / 1_000)
    }

    /// A share, with six decimals at most.
    static func share(_ value: Double) -> JSONValue {
        .number((value * 1_000_000).rounded() / 1_000_000)
    }

    static func text(_ value: String?) -> JSONValue {
        value.map { .string($0) } ?? .null
    }
}

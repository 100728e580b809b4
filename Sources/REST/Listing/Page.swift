package import JSON

/// `?limit=` and `?cursor=` of a list, and its answer. A cursor is the sort key of the last item that was given, so
/// that writes between two pages neither hide nor repeat an item.
package struct Page: Sendable {
    package static let limitDefault = 50
    package static let limitMax = 500
    package static let query: [Endpoint.Query] = [
        .init("limit", .integer(1...limitMax), "how many items at most; \(limitDefault) by default"),
        .init("cursor", .string(max: 512), "next_cursor of the page before"),
    ]

    package let limit: Int
    /// The sort key of the last item of the page before; nil for the first page.
    package let after: [JSONValue]?

    /// - Parameter keys: of how many parts the list's sort key is.
    /// - Throws: 422 for a cursor that this list never gave.
    package init(_ call: Call, keys: Int = 1) throws {
        limit = call.query("limit").flatMap { Int($0) } ?? Self.limitDefault
        guard let cursor = call.query("cursor") else {
            after = nil
            return
        }
        guard let bytes = Base64.decoded(cursor.utf8), let value = try? JSONValue(parsing: bytes),
            let parts = value.arrayValue, parts.count == keys
        else { throw Problem.invalid("query/cursor", "is not a cursor of this list") }
        after = parts
    }

    /// How many rows to ask the store for: one more than shown tells whether there is a next page.
    package var fetchCount: Int { limit + 1 }

    /// - Parameters:
    ///   - rows: up to `fetchCount` of them.
    ///   - key: the sort key of a row.
    package func answer<Row>(
        _ rows: [Row], key: (Row) -> [JSONValue], item: (Row) -> JSONValue
    ) -> JSONValue {
        let shown = rows.prefix(limit)
        var cursor = JSONValue.null
        if rows.count > limit, let last = shown.last {
            cursor = .string(Base64.encodedForURL(JSONValue.array(key(last)).encoded()))
        }
        return ["items": .array(shown.map(item)), "next_cursor": cursor]
    }

    package static func schema(_ item: Schema) -> Schema {
        .object([.required("items", .array(item, max: limitMax)), .required("next_cursor", .nullable(.string()))])
    }
}

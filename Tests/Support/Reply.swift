package import HTTP
package import JSON

/// An answer as tests look at it.
package struct Reply: Sendable {
    package let response: Response
    package let json: JSONValue

    package init(_ response: Response) {
        self.response = response
        if case .bytes(let bytes) = response.body, let value = try? JSONValue(parsing: bytes) {
            json = value
        } else {
            json = .null
        }
    }

    package var status: Int { response.status }
    package var entityTag: String { response.headers["ETag"] ?? "" }
    package var location: String? { response.headers["Location"] }

    /// The pointers of a 422, in order.
    package var pointers: [String] {
        (json["errors"]?.arrayValue ?? []).compactMap { $0["pointer"]?.stringValue }
    }

    package var items: [JSONValue] { json["items"]?.arrayValue ?? [] }
}

/// Why a request cannot be read. The connection is closed after it: where the next request starts is not known.
package struct WireError: Error, Sendable, Equatable {
    /// The status that says so: 400, 413, 414, 431, 501 or 505.
    package let status: Int
    /// For the caller: what was wrong, with the name of the field where there is one.
    package let detail: String

    package init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    static func malformed(_ detail: String) -> WireError { WireError(400, detail) }
}

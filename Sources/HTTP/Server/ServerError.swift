/// Why a server could not start.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    package let description: String
}

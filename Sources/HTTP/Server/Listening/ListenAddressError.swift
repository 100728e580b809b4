/// A text that names no address.
package struct ListenAddressError: Error, Sendable, CustomStringConvertible {
    package let text: String
    package let reason: String

    package var description: String { "\"\(text)\" is no address to listen on: \(reason)" }
}

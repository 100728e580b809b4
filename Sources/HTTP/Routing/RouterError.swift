/// A set of routes that cannot serve together.
package struct RouterError: Error, Sendable, CustomStringConvertible {
    package let template: String
    package let reason: String

    package var description: String { "route \(template): \(reason)" }
}

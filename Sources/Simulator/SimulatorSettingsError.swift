/// A setting that cannot be had.
package struct SimulatorSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The setting as JSON names it, such as "error_rate".
    package let field: String
    package let reason: String

    package var description: String { "\(field): \(reason)" }
}

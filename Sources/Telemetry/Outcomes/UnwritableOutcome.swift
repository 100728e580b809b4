/// Why an outcome cannot be in the file, whatever becomes of disk and locks: it is set aside and counted, so that it
/// holds up none of the others.
struct UnwritableOutcome: Error, CustomStringConvertible {
    let id: String
    let reason: String

    var description: String { "outcome \(id) cannot be written: \(reason)" }
}

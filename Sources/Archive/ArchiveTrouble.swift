/// What somebody should know of the file of answers. None of it keeps a request from its answer.
package enum ArchiveTrouble: Error, Sendable, Equatable {
    /// It could not be opened, read or written: told once, until it works again.
    case failed(String)
    /// It was damaged, of another version, or larger than it may be now: a new one was begun.
    case thrownAway(String)
    /// It was no file of ours, and lies beside the new one.
    case setAside(String, at: String)
    /// The clock has gone back: how old the answers are is not known any more, and none of them is given.
    case clockWentBack
}

extension ArchiveTrouble: CustomStringConvertible {
    package var description: String {
        switch self {
        case .failed(let reason): reason
        case .thrownAway(let reason): "thrown away and begun anew: \(reason)"
        case .setAside(let reason, let path): "put aside as \(path), and a new one begun: \(reason)"
        case .clockWentBack: "the clock has gone back, and with it the ages of all answers: they are thrown away"
        }
    }
}

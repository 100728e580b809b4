/// Where a batch stands (developers.openai.com/api/reference/resources/batches, read 2026-11).
enum BatchStatus: String, Sendable, CaseIterable {
    /// Its file is being read.
    case validating
    /// Its file is not in order: nothing was asked.
    case failed
    case inProgress = "in_progress"
    /// Every line has its answer, or never will: the output files are being made.
    case finalizing
    case completed
    /// Its window was over first.
    case expired
    case cancelling
    case cancelled

    var isFinished: Bool {
        switch self {
        case .failed, .completed, .expired, .cancelled: true
        case .validating, .inProgress, .finalizing, .cancelling: false
        }
    }
}

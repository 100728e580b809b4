/// Why a run cannot be done: it ends as `failed` with this reason.
struct RunFailure: Error {
    let reason: String
}

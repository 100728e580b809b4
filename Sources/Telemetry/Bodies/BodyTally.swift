/// What became of the bodies of a batch.
struct BodyTally {
    /// Inferences whose bodies are in the file.
    var stored = 0
    /// That they take there.
    var bytes = 0
    /// Refused by the store, whose outcomes are in the file nevertheless.
    var refused = 0
}

/// One request of a batch, known to be in order: where its body is.
struct BatchLine: Sendable, Equatable {
    /// In the file, from 1.
    let number: Int
    let customID: String
    /// As the body names it.
    let model: String
    /// Of the body within the file, in bytes.
    let start: Int
    let length: Int
}

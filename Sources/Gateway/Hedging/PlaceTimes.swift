/// How long one place takes to answer: what it writes, and what it has as soon as it has read (embeddings, ranks,
/// verdicts). Were they counted as one, the many short ones would have all the long ones asked twice.
struct PlaceTimes: Sendable {
    let writing: AnswerTimes
    let reading: AnswerTimes

    func of(_ surface: Surface) -> AnswerTimes { surface.answer.output == nil ? reading : writing }
}

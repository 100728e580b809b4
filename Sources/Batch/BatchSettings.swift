/// What bounds files and batches. Bytes, milliseconds and days, as the names say.
package struct BatchSettings: Sendable {
    /// Lines that are asked at once, of all batches together.
    package var concurrency = 8
    /// While so many inferences of callers run, no line is begun.
    package var liveInferencesMax = 512
    /// Of one file.
    package var fileBytesMax = 200 << 20
    /// Requests of one batch.
    package var linesMax = 50_000
    /// Of one request's body.
    package var bodyBytesMax = 16 << 20
    /// Of all files and answers of a project.
    package var projectBytesMax = 10 << 30
    /// Of the disk, left free: with less nothing is taken and no line begins. 0 is no bound.
    package var freeBytesMin = 256 << 20
    /// Files and finished batches; nil for ever.
    package var keepDays: Int? = 30
    /// Of a project, that are not finished.
    package var unfinishedMax = 1_000
    /// Batches that go on at once; they share the lines.
    package var activeMax = 256
    /// Of these of one project.
    package var activePerProjectMax = 64
    /// How often a line is asked that fails while others are answered: for six minutes or so.
    package var triesMax = 6
    /// How often a line is asked that its provider limits while others are answered: for two hours or so, since it may
    /// be bad luck.
    package var refusalsMax = 24
    /// How long a line is asked at least that fails while no other is answered either: its provider may be down for
    /// hours, and the window is a day.
    package var failingMaxMilliseconds: Int64 = 21_600_000
    /// The longest that such a line waits by itself.
    package var lineWaitMaxMilliseconds: Int64 = 300_000
    /// A lane that has been held up for so long is told of.
    package var heldNoticeMilliseconds: Int64 = 30_000
    /// A batch that has been held up for so long makes room for one that is not worked on.
    package var heldTurnMilliseconds: Int64 = 60_000
    /// Before a line is asked again, where nobody says when; it doubles.
    package var backoffMilliseconds: Int64 = 1_000
    /// The shortest wait, whatever somebody asks for.
    package var waitMinMilliseconds: Int64 = 50
    /// The longest of those waits, also of those that somebody asks for: then it is looked again.
    package var backoffMaxMilliseconds: Int64 = 60_000
    /// Between two looks at whether callers leave room.
    package var pollMilliseconds = 100
    /// After the store has failed.
    package var retryMilliseconds = 1_000
    /// Between two looks for what is too old.
    package var sweepMilliseconds: Int64 = 600_000

    package init() {}
}

/// A piece of work for a database thread; `Context` is what that thread owns.
protocol SQLiteJob<Context>: Sendable {
    associatedtype Context

    /// Runs at most once, and answers whoever waits for it.
    func run(on context: Context)
}

/// What a database thread owns, and how another thread stops what runs there.
protocol SQLiteContext: SendableMetatype {
    var interruption: SQLiteInterruption { get }
}

/// When a stream was asked for and its events came, in nanoseconds of one clock.
struct FinishedStream {
    let sentAt: UInt64
    let arrivals: [UInt64]
    /// Why it is no whole stream; nil when it is one.
    let fault: String?
}

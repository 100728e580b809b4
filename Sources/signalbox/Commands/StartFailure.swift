/// Why the process ends before it serves: one line, and the exit code.
struct StartFailure: Error {
    let reason: String
    let exitCode: Int32

    /// 2: what the user wrote is wrong.
    static func configuration(_ reason: String) -> StartFailure {
        StartFailure(reason: "signalbox: \(reason)", exitCode: 2)
    }

    /// 1: it could not start.
    static func start(_ reason: String) -> StartFailure {
        StartFailure(reason: "signalbox: \(reason)", exitCode: 1)
    }
}

import HTTP
import Logging
import REST

/// What the log says of requests: failures of ours at `error`, everything else at `debug`, always with the request id
/// that the caller was given.
final class RequestLog: ServerObserver {
    private let logger: Logger

    init(_ logger: Logger) { self.logger = logger }

    func wants(status: Int) -> Bool { level(of: status) >= logger.logLevel }

    /// 503 is what overload is answered with: counted in the metrics, and a line for each would add to the load.
    private func level(of status: Int) -> Logger.Level { status >= 500 && status != 503 ? .warning : .debug }

    func completed(
        route: String, method: Method, status: Int, duration: Duration, bytesOut: Int, requestID: String,
        client: String
    ) {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Double(seconds) * 1_000 + Double(attoseconds / 1_000_000_000_000) / 1_000
        logger.log(
            level: level(of: status), "request completed",
            metadata: [
                "route": "\(route)", "method": "\(method.rawValue)", "status": "\(status)",
                "duration_ms": "\(milliseconds)", "bytes_out": "\(bytesOut)", "request_id": "\(requestID)",
                "client": "\(client)",
            ])
    }

    @Sendable func failed(_ request: Request, _ problem: Problem) {
        let facts: Logger.Metadata = [
            "route": "\(request.route)", "status": "\(problem.status)", "detail": "\(problem.detail)",
            "internal": "\(problem.internal ?? "")", "request_id": "\(request.id)",
        ]
        logger.log(level: problem.status >= 500 ? .error : .debug, "request refused", metadata: facts)
    }
}

package import Domain
import HTTP
import JSON
import Reactor

extension Gateway {
    /// Answers one request of a batch on the way that callers' requests take: limits, routing, cache, retries. Recorded
    /// with origin `batch`. A task that is cancelled has its upstream call ended at once.
    package func answer(_ line: BatchLineRequest) async -> BatchLineAnswer {
        guard let surface = Surface.all.first(where: { $0.path == line.path }), let loop = nextLoop() else {
            let error = OpenAIError(status: 404, message: "nothing is served at \(line.path)", code: "not_found")
            return BatchLineAnswer(status: error.status, body: error.body, verdict: .final)
        }
        let head = RequestHead(
            method: .post, target: surface.path, fields: [("Content-Type", "application/json")])
        let request = Request(
            head: head, body: line.body, id: line.requestID, route: surface.path, remoteAddress: "batch", loop: loop)
        let response = await withTaskCancellationHandler {
            await Responder.response(to: request) { [self] responder in
                Inference(
                    gateway: self, surface: surface, request: request, principal: line.principal, origin: .batch
                ).answer(responder)
            }
        } onCancel: {
            loop.execute { request.departed(isAnswered: false) }
        }
        let answer = LineVerdict.answer(response)
        // An answer that is not read as a whole is not read on; of any other the exchange is let go.
        loop.execute { request.departed(isAnswered: answer != nil) }
        return answer ?? LineVerdict.oversized
    }
}

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
        // What is left of the exchange is let go; an answer that comes in pieces is not read on.
        let isWhole = if case .stream = response.body { false } else { true }
        loop.execute { request.departed(isAnswered: isWhole) }
        return LineVerdict.answer(response)
    }

    /// Whether there is a deployment of this name, or a revision of it, that the key may call.
    package func serves(_ model: String, for principal: Principal) async throws -> Bool {
        try await names.deployment(model, for: principal) != nil
    }
}

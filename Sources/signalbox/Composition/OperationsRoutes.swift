import HTTP
import JSON

/// Health and readiness: no key, no task, no allocation to speak of.
struct OperationsRoutes {
    let readiness: Readiness

    var routes: [Route] {
        let alive = Array(#"{"status":"ok"}"#.utf8)
        let readiness = readiness
        return [
            Route(.get, "/healthz", handler: .immediate { _ in .json(alive) }),
            Route(
                .get, "/readyz",
                handler: .immediate { _ in
                    guard let obstacle = readiness.obstacle else { return .json(alive) }
                    let body: JSONValue = ["status": "unavailable", "reason": .string(obstacle)]
                    var response = Response.json(body.encoded(), status: 503)
                    response.headers.set("Retry-After", "1")
                    return response
                }),
        ]
    }
}

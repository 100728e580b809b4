import Domain
import HTTP
import JSON
import Reactor

/// What a provider keeps of a response, asked of that provider. Nothing of it is kept here: the deployment leads there,
/// as it does for `previous_response_id`, where all of its variants have one provider. It is no inference, and has no
/// outcome; of limits it takes what a request does.
struct StoredResponse: Sendable {
    /// developers.openai.com/api/reference/resources/responses (read 2026-11). There is no `cancel`: it is for what
    /// runs in the background.
    enum Deed: CaseIterable, Sendable {
        case show, delete, listInput
    }

    let gateway: Gateway
    let deed: Deed
    let request: Request
    let principal: Principal

    /// Who keeps it, and how it is reached.
    private struct Place {
        let plan: VariantPlan
        let route: SurfaceRoute
        let deployment: DeploymentPlan
    }

    func answer() async -> Response {
        do throws(OpenAIError) {
            return try await ask()
        } catch {
            return error.response()
        }
    }

    private func ask() async throws(OpenAIError) -> Response {
        let id = try id()
        if request.query["stream"] == "true" {
            throw .invalid(
                "a response that is whole is not given as events", param: "stream", code: "unsupported_parameter")
        }
        let place = try await place()
        let admission =
            principal.isMetered || place.deployment.meter != nil
            ? Admission(gateway, principal.meters, place.deployment.meter) : nil
        try admission?.admitReuse()
        let exchange = begin(id, at: place)
        request.tieToCaller(exchange)
        await exchange.wait(for: .bytes(gateway.settings.plainAnswerBytesMax), until: nil)
        var response = answer(of: exchange, at: place)
        response.headers.add(place.plan.fields)
        admission?.mark(&response)
        admission?.settle(.none)
        return response
    }

    /// As it stands in a path, where dots would lead elsewhere.
    private func id() throws(OpenAIError) -> String {
        let id = request.parameters["response"] ?? ""
        let isSound = id.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte &- 48 < 10
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        guard isSound, (1...256).contains(id.utf8.count) else {
            throw .invalid("no response has such an id", param: "response_id", code: "invalid_value")
        }
        return id
    }

    // MARK: Who keeps it

    private func place() async throws(OpenAIError) -> Place {
        let (name, deployment) = try await deployment()
        let now = gateway.clock.now()
        let plan = DeploymentPlan.of(deployment, gateway, at: now)
        guard plan.hasOneProvider else { throw Self.ambiguous("this deployment has several providers") }
        // Rules may ask about the caller, and regions hold for what is read as for what is made.
        let chat = try CallerRequest(JSONValue.object(["model": .string(name)]).encoded(), .responses)
        let routing = try RoutingChoice(
            request, chat, deployment, alsoWithin: gateway.names.regions(beside: deployment), principal: principal,
            requestID: request.id, now: now)
        guard let choice = routing.choice else { throw RoutingChoice.nowhere }
        let assigned = plan.variants[choice.index].places[0]
        guard assigned.breakerMode != .forcedOpen else {
            let now = request.loop.now()
            throw LastTry.error(openUntil: now.nanoseconds, byOperator: true, at: now)
        }
        return Place(plan: assigned, route: try assigned.route(for: .responses), deployment: plan)
    }

    /// The one that is named; or any, where all that the key may call lead to the same provider.
    private func deployment() async throws(OpenAIError) -> (name: String, LiveDeployment) {
        if let name = request.query["model"] {
            do {
                if let found = try await gateway.names.deployment(name, for: principal) { return (name, found) }
            } catch {
                throw .revisionUnavailable
            }
            throw .unknownModel(name)
        }
        let now = gateway.clock.now()
        var providers: Set<String> = []
        var found: LiveDeployment?
        for deployment in gateway.names.callable(by: principal) {
            let places = DeploymentPlan.of(deployment, gateway, at: now).variants.flatMap(\.places)
            let keeping = places.filter { (try? $0.route(for: .responses)) != nil }
            guard !keeping.isEmpty else { continue }
            providers.formUnion(keeping.map(\.variant.provider.id))
            found = found ?? deployment
        }
        guard providers.count < 2 else { throw Self.ambiguous("the key may call deployments of several providers") }
        guard let found else {
            throw OpenAIError(
                status: 404, message: "no deployment that the key may call has a provider that keeps responses",
                code: "not_found")
        }
        return (found.name, found)
    }

    private static func ambiguous(_ reason: String) -> OpenAIError {
        .invalid(
            "which provider keeps a response its id does not tell, and \(reason): name a deployment that has one "
                + "provider, as ?model=", param: "model", code: "unsupported_parameter")
    }

    // MARK: What it says

    /// On the request's loop.
    private func begin(_ id: String, at place: Place) -> any UpstreamExchange {
        let former = place.route.target
        let target = UpstreamTarget(
            url: Self.url(former.url, id + (deed == .listInput ? "/input_items" : ""), query: query),
            headers: former.headers.filter { $0.name.lowercased() != "content-type" }, policy: former.policy,
            method: deed == .delete ? "DELETE" : "GET")
        let patience = CallerPatience(
            request, isStream: false, totalMilliseconds: place.deployment.policy.totalMilliseconds, gateway.settings)
        let sent = UpstreamRequest(
            bare: target, deadlines: patience.deadlines(gateway.deadlines, from: request.loop.now()),
            bufferBytesMax: gateway.settings.plainAnswerBytesMax)
        return gateway.send(sent, over: place.route, on: request.loop)
    }

    /// What is not for us, as the caller wrote it.
    private var query: String {
        (request.head.query ?? "").split(separator: "&").filter { !$0.hasPrefix("model=") }.joined(separator: "&")
    }

    /// - Parameter base: of the surface; empty for a provider that cannot be asked.
    static func url(_ base: String, _ tail: String, query: String) -> String {
        guard !base.isEmpty else { return "" }
        let sides = base.split(separator: "?", maxSplits: 1)
        let queries = sides.dropFirst().map(String.init) + [query].filter { !$0.isEmpty }
        return sides[0] + "/" + tail + (queries.isEmpty ? "" : "?" + queries.joined(separator: "&"))
    }

    private func answer(of exchange: any UpstreamExchange, at place: Place) -> Response {
        if let failure = exchange.failure { return Self.failed(.transfer(failure)) }
        guard let head = exchange.head else { return Self.failed(.transfer(.malformedAnswer)) }
        if let failure = PlainTrial.failure(of: head.status) {
            exchange.cancel()
            return Self.failed(failure)
        }
        guard exchange.isFinished else {
            exchange.cancel()
            return Self.failed(.garbage)
        }
        let bytes = exchange.take()
        guard head.status < 300 else {
            let refusal = ProviderRefusal(
                route: place.route, provider: place.plan.variant.provider, requestID: request.id)
            return refusal.response(head, bytes)
        }
        guard (try? FieldScan(bytes, wanted: [])) != nil else { return Self.failed(.garbage) }
        return Response.json(bytes)
    }

    private static func failed(_ failure: TrialFailure) -> Response {
        guard !failure.isCancelled else {
            return OpenAIError(status: 499, message: "the client closed the request", code: "client_closed").response()
        }
        return failure.error.response()
    }
}

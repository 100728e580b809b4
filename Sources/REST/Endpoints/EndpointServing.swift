package import Domain
package import HTTP
import JSON
import SQL

/// Turns endpoints into routes: authenticate → authorise → validate → handle → errors in the endpoint's own style.
package struct EndpointServing: Sendable {
    private let authenticator: any Authenticator
    /// Told of what the caller must not see, and of refused attempts.
    private let report: @Sendable (_ request: Request, _ problem: Problem) -> Void

    package init(
        authenticator: any Authenticator,
        report: @escaping @Sendable (_ request: Request, _ problem: Problem) -> Void = { _, _ in }
    ) {
        self.authenticator = authenticator
        self.report = report
    }

    package func routes(_ endpoints: [Endpoint]) -> [Route] {
        endpoints.map { endpoint in
            Route(endpoint.method, endpoint.path, options: endpoint.options, handler: handler(of: endpoint))
        }
    }

    private func handler(of endpoint: Endpoint) -> Handler {
        guard let raw = endpoint.rawHandler else {
            return .asynchronous { request in await serveChecked(endpoint, request) }
        }
        return .responding { request, responder in
            do {
                raw(request, try authorise(endpoint, request), responder)
            } catch {
                responder.send(failure(error, endpoint, request))
            }
        }
    }

    package func serve(_ endpoint: Endpoint, _ request: Request) async -> Response {
        guard let raw = endpoint.rawHandler else { return await serveChecked(endpoint, request) }
        do {
            return await Endpoint.answer(of: raw, request, try authorise(endpoint, request))
        } catch {
            return failure(error, endpoint, request)
        }
    }

    private func serveChecked(_ endpoint: Endpoint, _ request: Request) async -> Response {
        do {
            let principal = try authorise(endpoint, request)
            try checkQuery(endpoint, request)
            let body = try body(of: request, for: endpoint)
            let response = try await endpoint.handler(Call(request: request, principal: principal, body: body))
            return try Self.conditional(response, request)
        } catch {
            return failure(error, endpoint, request)
        }
    }

    private func failure(_ error: any Error, _ endpoint: Endpoint, _ request: Request) -> Response {
        var problem: Problem
        switch error {
        case let known as Problem: problem = known
        case let stored as SQLError: problem = Problem(stored)
        case is CancellationError: problem = .unavailable("the request was cancelled")
        default:
            problem = Problem(
                status: 500, title: "Internal error", detail: "the request failed; its id is in the log",
                internal: String(reflecting: error))
        }
        report(request, problem)
        return endpoint.errors.response(problem, request.id)
    }

    private func authorise(_ endpoint: Endpoint, _ request: Request) throws -> Principal {
        guard case .permission(let permission) = endpoint.access else { return Self.anonymous }
        guard let credential = Credential.find(in: request.head),
            let principal = principal(of: credential, request)
        else { throw Problem.unauthenticated() }
        guard principal.may(permission) else { throw Problem.forbidden(permission) }
        return principal
    }

    private func principal(of credential: ArraySlice<UInt8>, _ request: Request) -> Principal? {
        guard let memory = request.memory else { return authenticator.principal(for: credential) }
        return authenticator.principal(for: credential, accepted: &memory.accepted)
    }

    private static let anonymous = Principal(
        keyID: "anonymous", name: "anonymous", project: "", role: .caller, permissions: [], deployments: [])

    private func checkQuery(_ endpoint: Endpoint, _ request: Request) throws {
        var errors = [FieldError]()
        var seen = Set<String>()
        for (name, value) in request.query.all {
            guard seen.insert(name).inserted else {
                errors.append(.init("query/\(name)", "is given twice"))
                continue
            }
            guard let query = endpoint.query.first(where: { $0.name == name }) else {
                guard !endpoint.allowsOtherQuery else { continue }
                let known = NearestName.of(name, among: endpoint.query.map(\.name)).map { "; did you mean \($0)?" }
                errors.append(.init("query/\(name)", "is not a known parameter\(known ?? "")"))
                continue
            }
            query.schema.validate(Self.typed(value, for: query.schema), at: "query/\(name)", into: &errors)
        }
        if !errors.isEmpty { throw Problem.invalid(errors) }
    }

    /// Query values are text; a schema of numbers or booleans sees what the text says.
    private static func typed(_ value: String, for schema: Schema) -> JSONValue {
        switch schema {
        case .integer: Int64(value).map { .integer($0) } ?? .string(value)
        case .number: Double(value).map { .number($0) } ?? .string(value)
        case .boolean: value == "true" ? true : value == "false" ? false : .string(value)
        default: .string(value)
        }
    }

    private func body(of request: Request, for endpoint: Endpoint) throws -> JSONValue {
        guard let schema = endpoint.body else { return .null }
        if request.body.isEmpty, endpoint.isBodyOptional { return .null }
        try checkMediaType(request, endpoint.method)
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: request.body)
        } catch {
            throw Problem.malformed("the body is not valid JSON at byte \(error.offset): \(error.reason)")
        }
        // A merge patch is checked after it was merged: null there means "remove".
        let violations = endpoint.method == .patch ? [] : schema.violations(in: value)
        guard violations.isEmpty else { throw Problem.invalid(violations) }
        guard endpoint.method != .patch || value.objectValue != nil else {
            throw Problem.invalid("", "must be an object")
        }
        return value
    }

    private func checkMediaType(_ request: Request, _ method: Method) throws {
        let type = request.head.value("content-type") ?? ""
        let essence = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let accepted =
            method == .patch ? ["application/json", "application/merge-patch+json"] : ["application/json"]
        guard accepted.contains(essence) else {
            throw Problem(
                status: 415, title: "Unsupported media type",
                detail: "Content-Type must be \(accepted.joined(separator: " or "))",
                headers: [("Accept", accepted.joined(separator: ", "))])
        }
    }

    /// Of what is read, nothing but that it is known, where the caller asks so.
    private static func conditional(_ response: Response, _ request: Request) throws -> Response {
        guard request.head.method == .get || request.head.method == .head, response.status == 200,
            let tag = response.headers["ETag"], try EntityTag.isKnown(to: request, current: tag)
        else { return response }
        var unchanged = Response(status: 304)
        unchanged.headers.set("ETag", tag)
        return unchanged
    }
}

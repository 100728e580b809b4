package import Domain
package import HTTP

/// A route with everything that is said of it: who may call it, what it takes, what it answers. The same declaration
/// serves, validates and documents.
package struct Endpoint: Sendable {
    package struct Query: Sendable {
        package let name: String
        package let schema: Schema
        package let description: String

        package init(_ name: String, _ schema: Schema, _ description: String) {
            self.name = name
            self.schema = schema
            self.description = description
        }
    }

    package struct Answer: Sendable {
        package let status: Int
        package let description: String
        /// nil where the answer has no body.
        package let schema: Schema?
        /// Every one that the answer may have.
        package let mediaTypes: [String]

        package init(
            _ status: Int, _ description: String, _ schema: Schema? = nil, mediaTypes: [String] = ["application/json"]
        ) {
            self.status = status
            self.description = description
            self.schema = schema
            self.mediaTypes = mediaTypes
        }
    }

    package let method: Method
    package let path: String
    package let access: Access
    package let summary: String
    package let tag: String
    package var query: [Query] = []
    package var body: Schema?
    /// A body may be left out; `Call.body` is then `.null`.
    package var isBodyOptional = false
    package var bodyMediaType = "application/json"
    /// Query parameters that are not listed (`slice.<name>`) are let through.
    package var allowsOtherQuery = false
    package var answers: [Answer]
    /// Answers of the error style beside those that every endpoint of this kind has: status and when it comes.
    package var furtherErrors: [(status: Int, description: String)] = []
    package var errors = ErrorStyle.problem
    package var options = RouteOptions()
    package let handler: @Sendable (Call) async throws -> Response
    /// Takes the request as it came: `body` documents it, and nothing checks against that (the gateway, whose bodies
    /// are passed through). Called straight from the route: whatever stands between costs every inference.
    package let rawHandler: RawHandler?

    package typealias RawHandler = @Sendable (Request, Principal, Responder) -> Void

    package init(
        _ method: Method, _ path: String, _ access: Access, tag: String, summary: String, query: [Query] = [],
        body: Schema? = nil, answers: [Answer], handler: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.tag = tag
        self.summary = summary
        self.query = query
        self.body = body
        self.answers = answers
        self.handler = handler
        rawHandler = nil
    }

    /// An endpoint whose handler takes the request as it came.
    package init(
        _ method: Method, _ path: String, _ access: Access, tag: String, summary: String, body: Schema,
        answers: [Answer], raw: @escaping RawHandler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.tag = tag
        self.summary = summary
        self.body = body
        self.answers = answers
        handler = { call in await Self.answer(of: raw, call.request, call.principal) }
        rawHandler = raw
    }

    /// For calls within the process.
    static func answer(of raw: @escaping RawHandler, _ request: Request, _ principal: Principal) async -> Response {
        await Responder.response(to: request) { raw(request, principal, $0) }
    }
}

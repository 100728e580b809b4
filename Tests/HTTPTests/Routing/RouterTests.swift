import HTTP
import Testing

/// Routing and decoding on one and the same path.
struct RouterTests {
    private let router: Router

    init() throws {
        let none = Handler.immediate { _ in Response(status: 200) }
        router = try Router([
            Route(.get, "/", handler: none),
            Route(.get, "/healthz", handler: none),
            Route(.get, "/models", handler: none),
            Route(.post, "/models", handler: none),
            Route(.get, "/models/{model}", handler: none),
            Route(.get, "/models/search", handler: none),
            Route(.get, "/models/{model}/versions/{version}", handler: none),
            Route(.get, "/prompts/{prompt+}/versions", handler: none),
            Route(.get, "/assets/{path*}", handler: none),
        ])
    }

    private func find(_ path: String, _ method: Method = .get) -> String {
        switch router.match(method: method, path: path) {
        case .found(let route, let parameters):
            ([route.path] + parameters.all.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
        case .methodNotAllowed(let methods): "allow \(methods.map(\.rawValue).sorted().joined(separator: ","))"
        case .notFound: "not found"
        case .badPath: "bad"
        }
    }

    @Test func literalGoesBeforeParameterAndTheSearchTurnsBackWhereItEnds() {
        #expect(find("/") == "/")
        #expect(find("/healthz") == "/healthz")
        #expect(find("/models/search") == "/models/search")
        #expect(find("/models/searching") == "/models/{model} model=searching")
        #expect(find("/models/search/versions/3") == "/models/{model}/versions/{version} model=search version=3")
    }

    @Test(arguments: ["/nothing", "/models/", "//models", "/models//versions/1", "/healthz/", "/models/a/versions"])
    func pathWithoutARouteIsNotFound(path: String) { #expect(find(path) == "not found") }

    /// RFC 3986 §2.4.
    @Test func segmentIsDecodedOnce() {
        #expect(find("/models/gpt%2D4") == "/models/{model} model=gpt-4")
        #expect(find("/%6dodels") == "/models")
        #expect(find("/models/a%2525b") == "/models/{model} model=a%25b")
        #expect(find("/models/%E4%B8%AD") == "/models/{model} model=中")
        #expect(find("/models/a+b") == "/models/{model} model=a+b")
        #expect(find("/models/a%3Fb%23c") == "/models/{model} model=a?b#c")
    }

    /// RFC 3986 §3.3 and §6.2.2.3; RFC 3629 §3: no overlong forms, no surrogates.
    @Test(
        arguments: [
            "/models/%00", "/models/a%00b", "/models/%0d%0a", "/models/%7f", "/models/%c0%af", "/models/%ff",
            "/models/%e0%80%af", "/models/%ed%a0%80", "/models/..", "/models/.", "/./models", "/../etc/passwd",
            "/models/%2e%2e", "/models/%2E", "/models/.%2e/x", "/models/%2e%2e/versions/1", "/models/%", "/models/%4",
            "/models/%zz", "/models/a%2fb", "/models/a%2Fb", "/models/..%2f..", "models", "", "*",
        ])
    func spellingThatHidesAnotherPathIsRefused(path: String) { #expect(find(path) == "bad") }

    /// RFC 3986 §2.2.
    @Test func encodedSlashIsTakenOnlyWhereItIsDeclared() {
        #expect(find("/prompts/team%2Fgreeting/versions") == "/prompts/{prompt+}/versions prompt=team/greeting")
        #expect(find("/prompts/team/greeting/versions") == "not found")
        #expect(find("/assets/css/main.css") == "/assets/{path*} path=css/main.css")
        #expect(find("/assets/css%2Fmain.css") == "bad")
    }

    /// RFC 9110 §9.3.2 and §15.5.6.
    @Test func headIsServedByGetAndTheRestIsAllowedByName() {
        #expect(find("/models/x", .head) == "/models/{model} model=x")
        #expect(find("/models", .delete) == "allow GET,HEAD,POST")
        #expect(find("/models/search", .put) == "allow GET,HEAD")
        #expect(find("/healthz", .trace) == "allow GET,HEAD")
    }

    @Test(arguments: ["models", "/{a", "/x{a}", "/{a}/{a}", "/{}", "/{a*}/b"])
    func malformedTemplateIsRefused(template: String) {
        #expect(throws: RouterError.self) {
            try Router([Route(.get, template, handler: .immediate { _ in Response(status: 200) })])
        }
    }

    @Test func oneMethodAndPathHaveOneRoute() {
        let none = Handler.immediate { _ in Response(status: 200) }
        #expect(throws: RouterError.self) {
            try Router([Route(.get, "/a/{x}", handler: none), Route(.get, "/a/{y}", handler: none)])
        }
        #expect(throws: RouterError.self) { try Router([Route(.connect, "/a", handler: none)]) }
    }
}

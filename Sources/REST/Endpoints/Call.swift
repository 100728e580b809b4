package import Domain
package import HTTP
package import JSON

/// One call of an endpoint, authenticated, authorised and with its body validated.
package struct Call: Sendable {
    package let request: Request
    package let principal: Principal
    /// Conforms to the endpoint's request schema; `.null` where the endpoint takes none.
    package let body: JSONValue

    package init(request: Request, principal: Principal, body: JSONValue = .null) {
        self.request = request
        self.principal = principal
        self.body = body
    }

    package var project: String { principal.project }

    /// A parameter of the path; the router has matched, so it is there.
    package func parameter(_ name: String) -> String {
        request.parameters[name] ?? ""
    }

    package func query(_ name: String) -> String? {
        request.query[name]
    }
}

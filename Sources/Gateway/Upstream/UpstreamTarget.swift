/// Where requests go, and the fields they carry: made once per provider, so that a handle that served it before needs
/// nothing set anew.
package final class UpstreamTarget: Sendable {
    package let url: String
    package let headers: [(name: String, value: String)]
    package let policy: AddressPolicy
    /// nil when the URL or the fields cannot be used.
    let head: RequestHeadTemplate?
    /// What a signature covers of it.
    let signed: (path: String, query: String, host: String)?

    /// - Parameter method: a token (RFC 9110 §9.1).
    package init(
        url: String, headers: [(name: String, value: String)], policy: AddressPolicy, method: String = "POST"
    ) {
        self.url = url
        self.headers = headers
        self.policy = policy
        head = RequestHeadTemplate(url: url, headers: headers, policy: policy, method: method)
        signed = head?.signed
    }
}

/// What a server turned away because of what it was, not of how much. Each is counted, and `name` labels the count.
package enum RefusedInput: Int, CaseIterable, Sendable {
    /// 415: a Content-Encoding that is not spoken here.
    case contentCoding
    /// 400: a body that is not what its Content-Encoding says.
    case codedBody
    /// 413: a body that expands to too much, or too much for its size.
    case expandedBody
    /// 406: an Accept-Encoding that nothing fits.
    case acceptEncoding
    /// 400: what a trusted proxy says of its client cannot be read.
    case forwarded
    /// Closed: no PROXY header where there must be one, or one that cannot be read.
    case proxyHeader
    /// Closed: a peer that is no trusted proxy on a listener for proxies only.
    case proxyPeer

    /// As metrics show it.
    package var name: String {
        switch self {
        case .contentCoding: "content_coding"
        case .codedBody: "coded_body"
        case .expandedBody: "expanded_body"
        case .acceptEncoding: "accept_encoding"
        case .forwarded: "forwarded"
        case .proxyHeader: "proxy_header"
        case .proxyPeer: "proxy_peer"
        }
    }
}

/// For whom a request's proxies say that they speak. The addresses are walked from the right, where the nearest proxy
/// wrote: past those that are trusted, to the first that is not. What stands left of that one is hearsay.
enum ForwardedClient: Equatable {
    /// Nothing is said, or nothing that names an address (`unknown`, `_hidden`) beyond the proxies.
    case unnamed
    case address(IPAddress)
    case malformed

    /// X-Forwarded-For: addresses separated by commas, an IPv6 one with brackets or without, a port behind either.
    /// - Parameter values: of all fields of the name, in order: they are one list (RFC 9110 §5.3).
    init(xForwardedFor values: [ArraySlice<UInt8>], _ trusted: TrustedProxies) {
        var nearest = Self.unnamed
        for value in values.reversed() {
            // Left of the client nothing is looked at: it may be anything.
            for element in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).reversed() {
                let text = Self.trimmed(element)
                // RFC 9110 §5.6.1.2: empty elements are nothing.
                if text.isEmpty { continue }
                guard let node = ForwardedNode(text, isBracketed: false) else {
                    self = .malformed
                    return
                }
                guard nearest.step(node, trusted) else {
                    self = nearest
                    return
                }
            }
        }
        self = nearest
    }

    /// Forwarded (RFC 7239 §4). A field that is not well-formed to its very beginning says nothing reliable: where its
    /// elements begin depends on the quotes before them.
    init(forwarded values: [ArraySlice<UInt8>], _ trusted: TrustedProxies) {
        var nearest = Self.unnamed
        for value in values.reversed() {
            guard let nodes = ForwardedField.nodes(value) else {
                self = .malformed
                return
            }
            for node in nodes.reversed() {
                guard nearest.step(node, trusted) else {
                    self = nearest
                    return
                }
            }
        }
        self = nearest
    }

    /// Notes one more hop. False when it is the client, or somebody who keeps it to himself.
    private mutating func step(_ node: ForwardedNode, _ trusted: TrustedProxies) -> Bool {
        guard case .address(let address) = node else { return false }
        self = .address(address)
        return trusted.contains(address)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop(while: Octet.isWhitespace)
        while let last = bytes.last, Octet.isWhitespace(last) { bytes.removeLast() }
        return bytes
    }
}

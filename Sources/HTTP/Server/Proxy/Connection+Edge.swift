import Reactor

extension Connection {
    /// Reads the PROXY header that must come first (proxy-protocol.txt §2: a receiver never guesses).
    /// - Returns: whether the request may be read now.
    func readProxyHeader(_ input: WireBuffer) -> Bool {
        let header: ProxyHeader?
        do throws(ProxyHeader.Fault) {
            header = try ProxyHeader.read(input.readable.span)
        } catch {
            room.counters.refused(.proxyHeader)
            abandon()
            return false
        }
        guard let header else { return false }
        input.consume(header.count)
        awaitsProxyHeader = false
        switch header.source {
        case .address(let address):
            guard speaks(for: address.description) else {
                abandon()
                return false
            }
            // Behind it another proxy may stand, which speaks by header fields.
            trustsPeer = room.state.edge.trusted.contains(address)
        case .unix, .proxy: break
        }
        // The time for a request begins now.
        requestStart = nil
        idleSince = loop.turnStartedAt.nanoseconds
        return true
    }

    /// Finds out for whom a trusted proxy asks. The connection stays the proxy's: it carries the requests of many.
    /// - Returns: what is wrong with what it says. To ignore that would let a client hide behind its proxy.
    func noteForwarded(_ head: RequestHead) -> String? {
        let edge = room.state.edge
        let client: ForwardedClient
        let name: String
        switch edge.field {
        case .xForwardedFor:
            name = "X-Forwarded-For"
            client = ForwardedClient(xForwardedFor: Self.values(head, "x-forwarded-for"), edge.trusted)
        case .forwarded:
            name = "Forwarded"
            client = ForwardedClient(forwarded: Self.values(head, "forwarded"), edge.trusted)
        }
        switch client {
        case .unnamed: return nil
        case .address(let address):
            exchange.forwardedAddress = address.description
            return nil
        case .malformed:
            room.counters.refused(.forwarded)
            return "the field \(name) does not name addresses"
        }
    }

    /// Who asks: the client of the request at hand where a trusted proxy names it, else that of the connection.
    var requestAddress: String { exchange.forwardedAddress ?? clientAddress }

    private static func values(_ head: RequestHead, _ name: String) -> [ArraySlice<UInt8>] {
        head.fields.filter { Octet.equal(head.bytes[$0.name], name.utf8) }.map { head.bytes[$0.value] }
    }
}

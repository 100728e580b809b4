/// The header of the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt §2): who the client is of a
/// connection that a proxy passes through. A pure function of the bytes received so far; the first offending byte
/// decides.
struct ProxyHeader: Equatable {
    /// Whose connection it is.
    enum Source: Equatable {
        case address(IPAddress)
        /// A client of the proxy's own Unix-domain socket.
        case unix
        /// The proxy's own (LOCAL: a health check), or one whose client it does not know (UNKNOWN, AF_UNSPEC).
        case proxy
    }

    let source: Source
    /// Bytes of the header; the request follows them.
    let count: Int

    /// What cannot be a header.
    struct Fault: Error, Equatable {
        let detail: String
    }

    /// Bytes of addresses and TLVs of version 2 that are taken at most. The protocol allows 65,535; addresses are 216
    /// bytes at most, and proxies add some hundred.
    static let tailBytesMax = 4_096

    /// nil when more bytes are needed.
    static func read(_ input: Span<UInt8>) throws(Fault) -> ProxyHeader? {
        guard !input.isEmpty else { return nil }
        return input[0] == signature2[0] ? try readVersion2(input) : try ProxyHeaderText.read(input)
    }

    private static let signature2: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let fixedBytes = 16

    private static func readVersion2(_ input: Span<UInt8>) throws(Fault) -> ProxyHeader? {
        for index in 0..<min(input.count, signature2.count) where input[index] != signature2[index] {
            throw Fault(detail: "no PROXY header begins like this")
        }
        guard input.count > 12 else { return nil }
        guard input[12] == 0x20 || input[12] == 0x21 else { throw Fault(detail: "unknown version or command") }
        let isLocal = input[12] == 0x20
        guard input.count > 13 else { return nil }
        let addressBytes = try addressBytes(input[13], isLocal: isLocal)
        guard input.count >= fixedBytes else { return nil }
        let tail = Int(input[14]) << 8 | Int(input[15])
        guard tail <= tailBytesMax else { throw Fault(detail: "more than \(tailBytesMax) bytes of addresses and TLVs") }
        guard isLocal || tail >= addressBytes else { throw Fault(detail: "the addresses are missing") }
        let count = fixedBytes + tail
        guard input.count >= count else { return nil }
        // Whatever follows LOCAL or AF_UNSPEC is to be skipped unread (§2.2).
        if isLocal || addressBytes == 0 { return ProxyHeader(source: .proxy, count: count) }
        try checkTLVs(input.extracting((fixedBytes + addressBytes)..<count))
        let address = (0..<addressBytes).map { input[fixedBytes + $0] }
        return ProxyHeader(source: source(address), count: count)
    }

    /// Bytes of both addresses and ports of a family over a stream.
    private static func addressBytes(_ family: UInt8, isLocal: Bool) throws(Fault) -> Int {
        switch family {
        case 0x00: return 0
        case 0x11: return 12
        case 0x21: return 36
        case 0x31: return 216
        case _ where isLocal: return 0
        default: throw Fault(detail: "neither TCP over IPv4, TCP over IPv6 nor a Unix stream")
        }
    }

    private static func source(_ addresses: [UInt8]) -> Source {
        switch addresses.count {
        case 12: IPAddress(addresses[..<4]).map(Source.address) ?? .proxy
        case 36: IPAddress(addresses[..<16]).map(Source.address) ?? .proxy
        case 216: .unix
        default: .proxy
        }
    }

    /// Type, length, value, to the very end. None is understood here; one that does not fit is a sign of confusion.
    private static func checkTLVs(_ tail: Span<UInt8>) throws(Fault) {
        var index = 0
        while index < tail.count {
            guard index + 3 <= tail.count else { throw Fault(detail: "a TLV is cut off") }
            index += 3 + (Int(tail[index + 1]) << 8 | Int(tail[index + 2]))
            guard index <= tail.count else { throw Fault(detail: "a TLV is longer than the header") }
        }
    }
}

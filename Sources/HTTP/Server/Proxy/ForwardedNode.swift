/// A node of RFC 7239 §6: an address with an optional port, `unknown`, or a name that hides it.
enum ForwardedNode: Equatable {
    case address(IPAddress)
    case hidden

    /// - Parameter isBracketed: whether an IPv6 address must stand in brackets, as RFC 7239 §6 has it.
    init?(_ bytes: ArraySlice<UInt8>, isBracketed: Bool) {
        // 46 characters hold any address, two brackets and a port make it 54; a hidden name may be longer.
        guard let first = bytes.first, bytes.count <= 256 else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        if !isBracketed, let address = IPAddress(text) {
            self = .address(address)
            return
        }
        var host = bytes
        var port: ArraySlice<UInt8>?
        if first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = bytes[(bytes.startIndex + 1)..<end]
            guard host.contains(UInt8(ascii: ":")) else { return nil }
            let rest = bytes[(end + 1)...]
            if !rest.isEmpty {
                guard rest.first == UInt8(ascii: ":") else { return nil }
                port = rest.dropFirst()
            }
        } else {
            if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
                host = bytes[..<colon]
                port = bytes[(colon + 1)...]
            }
            if let port, !Self.isPort(port) { return nil }
            if Octet.equal(host, "unknown".utf8) || Self.isHidingName(host) {
                self = .hidden
                return
            }
        }
        if let port, !Self.isPort(port) { return nil }
        guard let address = IPAddress(String(decoding: host, as: UTF8.self)) else { return nil }
        self = .address(address)
    }

    /// `port = 1*5DIGIT / obfport`.
    private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
        if isHidingName(bytes) { return true }
        guard (1...5).contains(bytes.count), bytes.allSatisfy(Octet.isDigit) else { return false }
        return bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 65_535
    }

    /// `"_" 1*(ALPHA / DIGIT / "." / "_" / "-")`.
    private static func isHidingName(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.first == UInt8(ascii: "_") && bytes.count > 1
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}

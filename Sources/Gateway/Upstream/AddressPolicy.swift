/// Which resolved addresses an upstream may have. Checked when the socket is opened, on the very address that will be
/// connected to: a name cannot say one thing to a check and another to the connection.
package struct AddressPolicy: Sendable, Hashable {
    /// Whether private and loopback addresses may be reached.
    package let allowsPrivate: Bool

    package init(allowsPrivate: Bool) {
        self.allowsPrivate = allowsPrivate
    }

    /// - Parameter address: 4 or 16 bytes in network order; any other length is refused.
    package func allows(_ address: some Collection<UInt8>) -> Bool {
        let bytes = Array(address)
        switch Self.reach(of: bytes) {
        case .anyone: return true
        case .inside: return allowsPrivate
        case .nobody: return false
        }
    }

    private enum Reach {
        case anyone, inside, nobody
    }

    private static func reach(of bytes: [UInt8]) -> Reach {
        switch bytes.count {
        case 4: fourByteReach(bytes)
        case 16: sixteenByteReach(bytes)
        default: .nobody
        }
    }

    /// The IANA IPv4 special-purpose registry (RFC 6890), and where clouds keep their metadata services.
    private static func fourByteReach(_ bytes: [UInt8]) -> Reach {
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (169, 254, _, _): .nobody  // link-local; 169.254.169.254 of AWS, Azure, Google
        case (100, 100, 100, 200): .nobody  // Alibaba Cloud metadata
        case (192, 0, 0, 192): .nobody  // Oracle Cloud metadata
        case (168, 63, 129, 16): .nobody  // Azure's wire server
        case (224..., _, _, _): .nobody  // multicast, reserved, broadcast
        case (0, _, _, _), (127, _, _, _): .inside  // 0.0.0.0 connects to this host
        case (10, _, _, _), (172, 16...31, _, _), (192, 168, _, _): .inside  // RFC 1918
        case (100, 64...127, _, _): .inside  // RFC 6598
        case (192, 0, 0, _), (198, 18...19, _, _): .inside  // RFC 6890, RFC 2544
        default: .anyone
        }
    }

    private static func sixteenByteReach(_ bytes: [UInt8]) -> Reach {
        if let embedded = embeddedFour(in: bytes) { return fourByteReach(embedded) }
        if bytes == amazonMetadata || bytes == googleMetadata { return .nobody }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0x80...0xBF): return .nobody  // fe80::/10, link-local
        case (0xFF, _): return .nobody  // multicast
        case (0xFE, 0xC0...): return .inside  // fec0::/10, the former site-local
        case (0xFC...0xFD, _): return .inside  // fc00::/7, unique local
        default: return bytes.dropLast().allSatisfy { $0 == 0 } ? .inside : .anyone  // :: and ::1
        }
    }

    /// fd00:ec2::254
    private static let amazonMetadata: [UInt8] = [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54]
    /// fd20:ce::254
    private static let googleMetadata: [UInt8] = [0xFD, 0x20, 0, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54]

    /// The IPv4 address inside of a mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96, RFC 6052) or 6to4
    /// (2002::/16, RFC 3056) address.
    private static func embeddedFour(in bytes: [UInt8]) -> [UInt8]? {
        let tail = Array(bytes[12...])
        if bytes[..<10].allSatisfy({ $0 == 0 }) {
            if bytes[10] == 0xFF, bytes[11] == 0xFF { return tail }
            // :: and ::1 are addresses of their own.
            if bytes[10] == 0, bytes[11] == 0, tail[0] != 0 || tail[1] != 0 || tail[2] != 0 { return tail }
        }
        if bytes[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return tail }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return Array(bytes[2..<6]) }
        return nil
    }
}

import Glibc

/// Hosts that are never an upstream, told by their text alone: the metadata services of clouds, which hand out the
/// machine's own credentials, and link-local addresses.
enum HostLiteral {
    private static let metadataNames: Set<String> = [
        "instance-data", "instance-data.ec2.internal", "metadata", "metadata.azure.internal", "metadata.goog",
        "metadata.google.internal",
    ]
    /// AWS, GCP and Azure are in 169.254/16; these are Alibaba's, Oracle's and Azure's wire server.
    private static let metadataAddresses: Set<[UInt8]> = [
        [100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16],
    ]

    /// - Parameter host: lower case; an IPv6 address in its brackets.
    /// - Returns: nil for a host that may be tried.
    static func refusal(of host: String) -> String? {
        if host.hasPrefix("[") {
            guard let bytes = address(String(host.dropFirst().dropLast()), family: AF_INET6, length: 16) else {
                return "must have a valid IPv6 address in its brackets"
            }
            return refusal(ofIPv6: bytes)
        }
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        if metadataNames.contains(name) { return "must not be a metadata service" }
        guard let last = name.split(separator: ".", omittingEmptySubsequences: false).last, let first = last.utf8.first
        else { return "must have a host" }
        // A host whose last label starts with a digit is an address (WHATWG URL §3.5): resolvers also read 0xA9FEA9FE,
        // 2852039166 and 0251.0376.0.1 as one, so anything but four plain numbers is a disguise.
        if first &- 48 < 10 {
            guard let bytes = address(name, family: AF_INET, length: 4) else {
                return "must have a host name or an address of four decimal numbers"
            }
            return refusal(ofIPv4: bytes)
        }
        let isName = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte &- 48 < 10 || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        }
        return isName ? nil : "must have a host name of letters, digits, dots and hyphens"
    }

    private static func refusal(ofIPv4 bytes: [UInt8]) -> String? {
        if bytes[0] == 169, bytes[1] == 254 { return "must not be a link-local address" }
        if metadataAddresses.contains(bytes) { return "must not be a metadata service" }
        if bytes[0] == 0 || bytes[0] >= 224 { return "must not be an unspecified, multicast or reserved address" }
        return nil
    }

    private static func refusal(ofIPv6 bytes: [UInt8]) -> String? {
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return "must not be a link-local address" }
        // fd00:ec2::254, of AWS.
        if bytes == [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54] {
            return "must not be a metadata service"
        }
        if bytes[0] == 0xFF || bytes.allSatisfy({ $0 == 0 }) {
            return "must not be an unspecified, multicast or reserved address"
        }
        // IPv4-mapped (::ffff:a.b.c.d), IPv4-compatible and NAT64 (64:ff9b::/96) carry an IPv4 address at their end.
        let prefix = Array(bytes[0..<12])
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        if prefix == mapped || prefix == translated { return refusal(ofIPv4: Array(bytes[12...])) }
        return nil
    }

    private static func address(_ text: String, family: Int32, length: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: length)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}

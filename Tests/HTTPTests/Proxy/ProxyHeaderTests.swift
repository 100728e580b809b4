import Testing

@testable import HTTP

/// The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt), at every split point.
struct ProxyHeaderTests {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    static func version2(_ family: UInt8, _ tail: [UInt8], length: Int? = nil) -> [UInt8] {
        version2(0x21, family, tail, length: length)
    }

    static func version2(
        _ command: UInt8, _ family: UInt8, _ tail: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? tail.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 255)] + tail
    }

    static let version4: [UInt8] = [192, 0, 2, 1, 10, 0, 0, 1, 0xC3, 0x50, 0, 80]
    static let version6: [UInt8] =
        [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1] + [UInt8](repeating: 0, count: 15) + [
            1, 1, 2, 3, 4,
        ]

    private static let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

    /// What the header says, after it was fed byte by byte: every prefix must ask for more, and bytes behind it must
    /// change nothing.
    private static func read(_ bytes: [UInt8]) -> Result<ProxyHeader, ProxyHeader.Fault>? {
        for count in 0...bytes.count {
            do throws(ProxyHeader.Fault) {
                let prefix = Array(bytes[..<count])
                guard let header = try ProxyHeader.read(prefix.span) else { continue }
                #expect(header.count == count, "a header is complete with its last byte")
                let behind = prefix + Array("GET / HTTP/1.1\r\n".utf8)
                let again = try ProxyHeader.read(behind.span)
                #expect(again == header)
                return .success(header)
            } catch {
                return .failure(error)
            }
        }
        return nil
    }

    /// Every way of cutting it in two sees the same fault.
    private static func isRefused(_ bytes: [UInt8]) -> Bool {
        guard case .failure(let fault) = read(bytes) else { return false }
        do throws(ProxyHeader.Fault) {
            _ = try ProxyHeader.read(bytes.span)
            return false
        } catch {
            return error == fault
        }
    }

    @Test(arguments: [
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n", "192.0.2.1"),
        ("PROXY TCP4 0.0.0.0 0.0.0.0 0 65535\r\n", "0.0.0.0"),
        ("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "2001:db8::1"),
        ("PROXY TCP6 \(longest) \(longest) 65535 65535\r\n", longest),
        ("PROXY UNKNOWN\r\n", ""), ("PROXY UNKNOWN what ever it may be\r\n", ""),
        ("PROXY UNKNOWN \(String(repeating: "x", count: 91))\r\n", ""),
    ])
    func lineOfVersion1(_ line: String, _ client: String) throws {
        let source: ProxyHeader.Source = try client.isEmpty ? .proxy : .address(#require(IPAddress(client)))
        #expect(Self.read(Array(line.utf8)) == .success(ProxyHeader(source: source, count: line.utf8.count)))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n", "PROXY  TCP4 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3\r\n",
        "PROXY TCP4 192.0.2.1  10.0.0.1 1 2\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 1 2 \r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 65536 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 +1 2\r\n", "PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n",
        "PROXY TCP4 192.0.2 10.0.0.1 1 2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY TCP6 ::g ::1 1 2\r\n", "PROXY TCP5 ::1 ::1 1 2\r\n", "PROXY unknown\r\n", "PROXY \r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\n", "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\rX", "PROXY UNKNOWN\t\r\n",
        "PROXY UNKNOWN \(String(repeating: "x", count: 92))\r\n", "PROXY UNKNOWN \(String(repeating: "x", count: 200))",
        "PROXY UNKNOWNX 1\r\n", "P\r\n", "\r\n\r\nGET",
    ])
    func whatIsNoLineOfVersion1IsRefused(_ line: String) {
        #expect(Self.isRefused(Array(line.utf8)), "\(line)")
    }

    @Test func headersOfVersion2() throws {
        let unix = [UInt8](repeating: 97, count: 216)
        let tlvs: [UInt8] = [0x04, 0, 3, 0, 0, 0, 0xEE, 0, 0]
        let four = try ProxyHeader.Source.address(#require(IPAddress("192.0.2.1")))
        let six = try ProxyHeader.Source.address(#require(IPAddress("2001:db8::1")))
        let cases: [([UInt8], ProxyHeader.Source)] = [
            (Self.version2(0x11, Self.version4), four), (Self.version2(0x11, Self.version4 + tlvs), four),
            (Self.version2(0x21, Self.version6), six), (Self.version2(0x21, Self.version6 + tlvs), six),
            (Self.version2(0x31, unix), .unix), (Self.version2(0x00, []), .proxy),
            (Self.version2(0x00, [1, 2]), .proxy),
            // LOCAL: the family and what follows are not looked at.
            (Self.version2(0x20, 0x00, []), .proxy), (Self.version2(0x20, 0x11, Self.version4), .proxy),
            (Self.version2(0x20, 0x7F, [1, 2, 3]), .proxy), (Self.version2(0x20, 0x11, []), .proxy),
            (Self.version2(0x11, Self.version4 + [0x05, 0x0F, 0xF1] + [UInt8](repeating: 0, count: 4_081)), four),
        ]
        for (bytes, source) in cases {
            #expect(Self.read(bytes) == .success(ProxyHeader(source: source, count: bytes.count)))
        }
    }

    @Test func whatIsNoHeaderOfVersion2IsRefused() {
        var cases: [[UInt8]] = [
            Self.version2(0x22, 0x11, Self.version4), Self.version2(0x11, 0x11, Self.version4),
            Self.version2(0x31, 0x11, Self.version4), Self.version2(0x12, Self.version4),
            Self.version2(0x22, Self.version6),
            Self.version2(0x10, Self.version4), Self.version2(0x41, Self.version4), Self.version2(0x01, []),
            Self.version2(0x11, Array(Self.version4.dropLast())), Self.version2(0x21, Self.version4),
            Self.version2(0x11, Self.version4 + [4]), Self.version2(0x11, Self.version4 + [4, 0, 2, 0]),
            Self.version2(0x11, Self.version4, length: 4_097),
        ]
        for index in Self.signature.indices {
            var damaged = Self.version2(0x11, Self.version4)
            damaged[index] ^= 0x80
            cases.append(damaged)
        }
        for bytes in cases { #expect(Self.isRefused(bytes), "\(bytes)") }
    }

    /// Whatever comes: an answer or a fault within the bound, never a wait for more than that.
    @Test func everyInputIsDecidedWithinTheBound() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var bytes =
                Bool.random() ? Self.version2(0x11, Self.version4) : Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n".utf8)
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            bytes += [UInt8](repeating: 0, count: 16 + ProxyHeader.tailBytesMax)
            do throws(ProxyHeader.Fault) {
                let header = try ProxyHeader.read(bytes.span)
                #expect(header != nil)
            } catch {
                #expect(!error.detail.isEmpty)
            }
        }
    }
}

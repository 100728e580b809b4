import Domain
import HTTP
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct AddressTests {
    private static func bytes(_ text: String) -> [UInt8] {
        if !text.contains(":") { return text.split(separator: ".").compactMap { UInt8($0) } }
        let sides = text.components(of: "::")
        func words(_ side: Substring) -> [UInt8] {
            side.split(separator: ":").flatMap { word -> [UInt8] in
                if word.contains(".") { return word.split(separator: ".").compactMap { UInt8($0) } }
                let value = UInt16(word, radix: 16) ?? 0
                return [UInt8(value >> 8), UInt8(value & 255)]
            }
        }
        let left = words(sides.0)
        let right = words(sides.1)
        return left + [UInt8](repeating: 0, count: 16 - left.count - right.count) + right
    }

    @Test(arguments: [
        "169.254.169.254", "169.254.0.1", "100.100.100.200", "224.0.0.1", "255.255.255.255", "fe80::1", "febf::1",
        "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "ff02::1",
        "::169.254.169.254",
    ])
    func metadataAndLinkLocalAreNeverReached(address: String) {
        #expect(!AddressPolicy(allowsPrivate: true).allows(Self.bytes(address)))
        #expect(!AddressPolicy(allowsPrivate: false).allows(Self.bytes(address)))
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "0.0.0.0", "100.64.0.1", "::1", "::",
        "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1",
    ])
    func privateAndLoopbackAreReachedOnlyWhenAllowed(address: String) {
        #expect(AddressPolicy(allowsPrivate: true).allows(Self.bytes(address)))
        #expect(!AddressPolicy(allowsPrivate: false).allows(Self.bytes(address)))
    }

    @Test(arguments: ["1.1.1.1", "172.32.0.1", "11.0.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
    func theRestIsReached(address: String) {
        #expect(AddressPolicy(allowsPrivate: false).allows(Self.bytes(address)))
    }

    @Test(arguments: ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"])
    func aStrictProviderDoesNotReachThisHostByAnyName(host: String) async throws {
        let upstream = try ScriptedUpstream(FallbackTests.good)
        let rig = try await Rig(["http://\(host):\(upstream.port)/v1"], allowPrivate: false)
        let answer = try await rig.post()
        #expect(answer.status == 502)
        #expect(answer.error("code") == "address_not_allowed")
        #expect(upstream.connections == 0)
    }

    @Test func aStrictProviderIsNotLentThePermissiveOnesConnection() async throws {
        let upstream = try ScriptedUpstream(FallbackTests.good)
        let open = Rig.deployment("open", [Rig.variant("v", upstream.baseURL, weight: 100)])
        let strict = Rig.deployment("strict", [Rig.variant("w", upstream.baseURL, weight: 100, allowPrivate: false)])
        let rig = try await Rig([open, strict])
        #expect(try await rig.post(#"{"model":"open","messages":[]}"#).status == 200)
        #expect(try await rig.post(#"{"model":"strict","messages":[]}"#).status == 502)
        #expect(upstream.requests.count == 1)
    }

    @Test(arguments: ["file:///etc/passwd#", "ftp://127.0.0.1/", "http://user:pw@127.0.0.1:1/v1", "not a url"])
    func onlyPlainWebAddressesAreReached(url: String) async throws {
        let rig = try await Rig([url])
        #expect(try await rig.post().status == 502)
    }

    @Test func namesAreResolvedOffTheLoop() {
        #expect(WireTransport.resolvesAsynchronously)
    }
}

extension String {
    /// Before and after the first `separator`; all of it before when there is none.
    fileprivate func components(of separator: String) -> (Substring, Substring) {
        guard let range = self.ranges(of: separator).first else { return (self[...], "") }
        return (self[..<range.lowerBound], self[range.upperBound...])
    }
}

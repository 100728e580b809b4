import Glibc
import Testing

@testable import Gateway

@Suite struct ChannelTests {
    /// Its descriptor's number may be somebody else's by then.
    @Test func aClosedConnectionIsNeitherReadNorWritten() throws {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        // The lowest numbers are given first: this one is nobody's while the connection is closed.
        let descriptor = fcntl(pair[0], F_DUPFD, 700)
        try #require(descriptor >= 700)
        defer { for number in pair + [descriptor] { close(number) } }
        let channel = Channel(descriptor: descriptor, session: nil)
        channel.close()
        try #require(dup2(pair[0], descriptor) == descriptor)
        #expect(send(pair[1], "x", 1, 0) == 1)
        var bytes: [UInt8] = Array("secret".utf8)
        if case .failed = bytes.withUnsafeBytes({ channel.write($0) }) {} else { Issue.record("it was written") }
        if case .failed = bytes.withUnsafeMutableBytes({ channel.read(into: $0) }) {
        } else {
            Issue.record("it was read")
        }
        #expect(!channel.isQuiet)
        #expect(recv(pair[1], &bytes, 6, Int32(MSG_DONTWAIT)) == -1, "nobody got it")
    }
}

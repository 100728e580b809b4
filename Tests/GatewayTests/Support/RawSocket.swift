import CLinux
import Glibc
import Support

/// A blocking socket: what both the scripted upstream and the caller are made of.
struct RawSocket: Sendable {
    struct Broken: Error {
        var deed = ""
        let errorNumber = errno
    }

    let descriptor: Int32

    /// - Throws: `Broken` when nobody listens.
    static func connect(port: Int) throws -> RawSocket {
        let descriptor = clinux_connect_tcp("127.0.0.1", UInt16(port))
        guard descriptor >= 0 else { throw Broken(deed: "connect") }
        _ = clinux_set_receive_timeout(descriptor, Int64(10_000 * Patience.factor))
        return RawSocket(descriptor: descriptor)
    }

    func send(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let sent = bytes[start...].withUnsafeBytes { clinux_send(descriptor, $0.baseAddress, $0.count, nil, 0) }
            guard sent > 0 else { throw Broken(deed: "send") }
            start += sent
        }
    }

    /// - Returns: nothing at the end of the stream.
    /// - Throws: `Broken` on a reset, and after ten silent seconds (`Patience`).
    func receive() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = bytes.withUnsafeMutableBytes { clinux_receive(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Broken(deed: "receive") }
        return Array(bytes[..<count])
    }

    func close() {
        Glibc.close(descriptor)
    }

    func reset() {
        _ = clinux_reset_on_close(descriptor)
        Glibc.close(descriptor)
    }
}

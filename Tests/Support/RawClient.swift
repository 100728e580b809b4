import CLinux
import Glibc

/// A blocking client that sends exactly the bytes it is told to and shows exactly what comes back. Reads give up after
/// a time, so that a test fails rather than hangs.
package final class RawClient: @unchecked Sendable {
    // @unchecked: holds nothing but a descriptor; a test may read on one thread and write on another.

    private let descriptor: Int32
    private static let chunkBytes = 64 * 1024
    /// How long a read waits unless told otherwise; milliseconds.
    package static let patienceMs = 30_000 * Patience.factor

    /// Connects to a TCP port. Throws `RawClientError`.
    package init(host: String = "127.0.0.1", port: Int, readTimeoutMilliseconds: Int = RawClient.patienceMs) throws {
        descriptor = clinux_connect_tcp(host, UInt16(port))
        try prepare(readTimeoutMilliseconds)
    }

    /// Connects to a Unix-domain socket. Throws `RawClientError`.
    package init(path: String, readTimeoutMilliseconds: Int = RawClient.patienceMs) throws {
        descriptor = clinux_connect_unix(path)
        try prepare(readTimeoutMilliseconds)
    }

    private func prepare(_ milliseconds: Int) throws {
        guard descriptor >= 0 else { throw RawClientError(call: "connect", code: errno) }
        _ = clinux_set_receive_timeout(descriptor, Int64(milliseconds))
    }

    deinit { Glibc.close(descriptor) }

    /// A small receive window, for being a slow reader.
    package func shrinkReceiveBuffer(to bytes: Int) { _ = clinux_set_buffer_sizes(descriptor, 0, Int32(bytes)) }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends everything. Throws `RawClientError` when the server has closed.
    package func send(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let sent = bytes[start...].withUnsafeBytes { clinux_send(descriptor, $0.baseAddress, $0.count, nil, 0) }
            guard sent > 0 else { throw RawClientError(call: "send", code: errno) }
            start += sent
        }
    }

    /// At most `count` bytes as they come; empty at the end of file. Throws `RawClientError`, on time-out too.
    package func receive(_ count: Int = RawClient.chunkBytes) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let received = clinux_receive(descriptor, buffer.baseAddress, count)
            guard received >= 0 else { throw RawClientError(call: "recv", code: errno) }
            initialized = received
        }
    }

    /// Everything up to the end of file. Throws `RawClientError`.
    package func receiveAll() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try receive()
            if piece.isEmpty { return bytes }
            bytes += piece
        }
    }

    /// Everything up to the end of file, as text.
    package func text() throws -> String { String(decoding: try receiveAll(), as: UTF8.self) }

    /// Reads until `suffix` has come. Throws `RawClientError` when the connection ends first.
    package func receive(until suffix: String) throws -> String {
        var bytes: [UInt8] = []
        let wanted = Array(suffix.utf8)
        while !Self.contains(bytes, wanted) {
            let piece = try receive()
            guard !piece.isEmpty else { throw RawClientError(call: "end of file", code: 0) }
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        for start in 0...(bytes.count - wanted.count) where bytes[start..<(start + wanted.count)].elementsEqual(wanted)
        {
            return true
        }
        return false
    }

    /// Closes the sending side only: the server sees the end of file and may still answer.
    package func finishSending() { _ = clinux_shutdown_write(descriptor) }

    /// The client breaks the connection with a reset when it goes.
    package func resetOnClose() { _ = clinux_reset_on_close(descriptor) }
}

import CLinux
import Glibc

/// Where a case's provider is said to be.
struct FaultPlace: Sendable {
    let url: String
    private let descriptors: [Int32]

    init(_ place: FaultCase.Place, _ upstream: ScriptedUpstream) throws {
        switch place {
        case .scripted: (url, descriptors) = (upstream.baseURL, [])
        case .secured: (url, descriptors) = (upstream.baseURL.replacing("http:", with: "https:"), [])
        case .unknownName: (url, descriptors) = ("http://name.invalid/v1", [])
        case .closedPort:
            let (port, descriptor) = try Self.boundPort()
            (url, descriptors) = ("http://127.0.0.1:\(port)/v1", [descriptor])
        case .fullListener:
            var port: UInt16 = 0
            let listener = clinux_listen_tcp("127.0.0.1", 0, 0, 0, &port)
            guard listener >= 0 else { throw RawSocket.Broken() }
            // A queue of no length holds one; the kernel drops the handshakes of all that come after.
            let first = try RawSocket.connect(port: Int(port)).descriptor
            (url, descriptors) = ("http://127.0.0.1:\(port)/v1", [listener, first])
        }
    }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
    }

    /// A port that is taken, so that nobody else gets it, and not listened on.
    private static func boundPort() throws -> (UInt16, Int32) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                bind(descriptor, general, length) == 0 ? getsockname(descriptor, general, &length) : -1
            }
        }
        guard descriptor >= 0, result == 0 else { throw RawSocket.Broken() }
        return (UInt16(bigEndian: address.sin_port), descriptor)
    }
}

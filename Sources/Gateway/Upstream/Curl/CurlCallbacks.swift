import CCurl
import Glibc
import Reactor

/// What curl calls. None of these may call curl, nor tell anybody: they note what happened, and the session acts on it
/// when curl has returned.
enum CurlCallbacks {
    static let openSocket: curl_opensocket_callback = { owner, _, address in
        guard let owner, let address else { return CURL_SOCKET_BAD }
        // Whoever configured the handle keeps it for as long as the handle lives.
        let opening = Unmanaged<CurlSocketOpening>.fromOpaque(owner).takeUnretainedValue()
        let isAllowed = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { bytes in
            // The buffer has the 16 bytes that the shim may write.
            let count = Int(ccurl_address(address, bytes.baseAddress))
            return opening.policy.allows(bytes[..<count])
        }
        guard isAllowed else {
            opening.isAddressRefused = true
            return CURL_SOCKET_BAD
        }
        let descriptor = ccurl_open_socket(address)
        if descriptor >= 0 {
            opening.sockets.opened(descriptor)
        } else if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
            opening.isWithoutDescriptor = true
        }
        return descriptor
    }

    static let closeSocket: curl_closesocket_callback = { owner, descriptor in
        guard let owner else { return 1 }
        // Whoever configured the handle keeps the sockets for as long as its multi handle lives.
        return Unmanaged<CurlSockets>.fromOpaque(owner).takeUnretainedValue().close(descriptor)
    }

    static let socket: curl_socket_callback = { _, descriptor, action, owner, _ in
        guard let owner else { return 0 }
        // As for `closeSocket`.
        let sockets = Unmanaged<CurlSockets>.fromOpaque(owner).takeUnretainedValue()
        switch action {
        case Int32(CURL_POLL_IN): sockets.want(.read, of: descriptor)
        case Int32(CURL_POLL_OUT): sockets.want(.write, of: descriptor)
        case Int32(CURL_POLL_INOUT): sockets.want([.read, .write], of: descriptor)
        default: sockets.rest(descriptor)
        }
        return 0
    }

    static let timer: curl_multi_timer_callback = { _, milliseconds, owner in
        guard let owner else { return 0 }
        // Whoever set it frees its multi handle before it goes, so curl has no dead clock to call.
        Unmanaged<CurlClock>.fromOpaque(owner).takeUnretainedValue().set(milliseconds: milliseconds)
        return 0
    }
}

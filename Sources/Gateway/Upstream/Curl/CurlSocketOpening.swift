import CCurl

/// What curl asks when it opens a socket: whether the address may be had, checked on the very address that will be
/// connected to. It outlives the handle that points to it. Touched only on its loop's thread.
final class CurlSocketOpening {
    let policy: AddressPolicy
    let sockets: CurlSockets
    /// An address was refused for the transfer that is being connected.
    var isAddressRefused = false
    /// The kernel gave no descriptor.
    var isWithoutDescriptor = false

    init(policy: AddressPolicy, sockets: CurlSockets) {
        self.policy = policy
        self.sockets = sockets
    }

    /// Sets what every handle has in common, whichever way its bytes go afterwards.
    func configure(_ easy: UnsafeMutableRawPointer) {
        // Results of constant options are not looked at: they fail only for options that this libcurl does not know.
        _ = ccurl_set_open_socket(easy, CurlCallbacks.openSocket, Unmanaged.passUnretained(self).toOpaque())
        // A connection outlives the transfer that opened it: it is closed through what outlives both.
        _ = ccurl_set_close_socket(easy, CurlCallbacks.closeSocket, Unmanaged.passUnretained(sockets).toOpaque())
        _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        _ = ccurl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
        _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
        _ = ccurl_set_long(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // A transfer that is cancelled while its name is being resolved must not wait for the resolver's thread.
        _ = ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        _ = ccurl_set_string(easy, CURLOPT_PROXY, "")
        _ = ccurl_set_string(easy, CURLOPT_NOPROXY, "*")
        _ = ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    }
}

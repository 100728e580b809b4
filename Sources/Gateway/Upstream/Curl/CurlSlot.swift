import CCurl

/// A pooled easy handle. Its constant options are set once, its target's when that changes, its body with each
/// transfer: none is left over from another, since all set the same ones. Touched only on its loop's thread.
///
/// **Invariant**: curl holds `self` unretained as the owner of all callbacks. The client keeps every slot in a list for
/// as long as its multi handle lives, so curl never calls a slot that is gone.
final class CurlSlot {
    let easy: UnsafeMutableRawPointer
    let policy: AddressPolicy
    let sockets: CurlSockets
    /// The transfer that uses the handle; the slot retains it until curl is done.
    var transfer: CurlTransfer?
    /// An address was refused for this transfer.
    var isAddressRefused = false
    /// What the URL and the headers were set for.
    private var target: UpstreamTarget?
    private var headers: UnsafeMutablePointer<curl_slist>?
    // curl sends from here until the transfer ends; an array's storage may move.
    private var body = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// A buffer above this size is not kept for the next request.
    private static let bodyKeptBytesMax = 1 << 20

    /// - Returns: nil when curl is out of memory.
    init?(policy: AddressPolicy, sockets: CurlSockets) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.policy = policy
        self.sockets = sockets
        setConstants()
    }

    /// After the handle left its multi, and before the multi is freed.
    func destroy() {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
        headers = nil
        body.deallocate()
        body = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    private func setConstants() {
        let owner = Unmanaged.passUnretained(self).toOpaque()
        // Results of constant options are not looked at: they fail only for options that this libcurl does not know.
        _ = ccurl_set_pointer(easy, CURLOPT_PRIVATE, owner)
        _ = ccurl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, CurlCallbacks.header, owner)
        _ = ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, CurlCallbacks.write, owner)
        _ = ccurl_set_open_socket(easy, CurlCallbacks.openSocket, owner)
        // A connection outlives the transfer that opened it: it is closed through what outlives both.
        let sockets = Unmanaged.passUnretained(sockets).toOpaque()
        _ = ccurl_set_close_socket(easy, CurlCallbacks.closeSocket, sockets)
        _ = ccurl_set_before_request(easy, CurlCallbacks.beforeRequest, owner)
        _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        _ = ccurl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        _ = ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
        _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
        _ = ccurl_set_long(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // A transfer that is cancelled while its name is being resolved must not wait for the resolver's thread.
        _ = ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        _ = ccurl_set_string(easy, CURLOPT_PROXY, "")
        _ = ccurl_set_string(easy, CURLOPT_NOPROXY, "*")
        _ = ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = ccurl_set_string(easy, CURLOPT_USERAGENT, "signalbox")
        _ = ccurl_set_long(easy, CURLOPT_POST, 1)
    }

    /// - Returns: false when curl refuses the URL or is out of memory.
    func prepare(_ request: UpstreamRequest) -> Bool {
        isAddressRefused = false
        guard target === request.target || setTarget(request.target) else { return false }
        setBody(request.body)
        return true
    }

    private func setTarget(_ target: UpstreamTarget) -> Bool {
        self.target = nil
        guard ccurl_set_string(easy, CURLOPT_URL, target.url) == CURLE_OK, setHeaders(target.headers) else {
            return false
        }
        let version = target.url.hasPrefix("https:") ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        _ = ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(version))
        self.target = target
        return true
    }

    private func setHeaders(_ fields: [(name: String, value: String)]) -> Bool {
        _ = ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, nil)
        curl_slist_free_all(headers)
        // Without it curl asks for leave before it sends a body of a megabyte, and waits a second for the answer.
        headers = curl_slist_append(nil, "Expect:")
        for (name, value) in fields {
            let line = name + ": " + value
            guard !line.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return false }
            guard let extended = curl_slist_append(headers, line) else { return false }
            headers = extended
        }
        return ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK
    }

    private func setBody(_ bytes: [UInt8]) {
        if body.count < bytes.count {
            body.deallocate()
            body = .allocate(byteCount: max(4_096, bytes.count), alignment: 16)
        }
        body.copyBytes(from: bytes)
        _ = ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int64(bytes.count))
        _ = ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, body.baseAddress)
    }

    /// Lets go of what the ended transfer needed.
    func rest() {
        transfer = nil
        guard body.count > Self.bodyKeptBytesMax else { return }
        _ = ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, 0)
        _ = ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, nil)
        body.deallocate()
        body = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}

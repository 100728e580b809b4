import CCurl

/// A pooled easy handle. Its constant options are set once, its target's when that changes, its body with each
/// transfer: none is left over from another, since all set the same ones. Touched only on its loop's thread.
///
/// **Invariant**: curl holds `self` unretained as the owner of all callbacks. The client keeps every slot in a list for
/// as long as its multi handle lives, so curl never calls a slot that is gone.
final class CurlSlot {
    let easy: UnsafeMutableRawPointer
    let opening: CurlSocketOpening
    private let touched: TouchedTransfers
    /// The transfer that uses the handle; the slot retains it until curl is done.
    private(set) var transfer: Transfer?
    private(set) var answerHead = AnswerHead(bytesMax: 0)
    private(set) var isConnected = false
    private let headBytesMax: Int
    /// What the URL and the headers were set for.
    private var target: UpstreamTarget?
    private var headers: UnsafeMutablePointer<curl_slist>?
    // curl sends from here until the transfer ends; an array's storage may move.
    private var body = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// A buffer above this size is not kept for the next request.
    private static let bodyKeptBytesMax = 1 << 20

    /// - Returns: nil when curl is out of memory.
    init?(policy: AddressPolicy, sockets: CurlSockets, touched: TouchedTransfers, headBytesMax: Int) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.touched = touched
        self.headBytesMax = headBytesMax
        opening = CurlSocketOpening(policy: policy, sockets: sockets)
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
        opening.configure(easy)
        _ = ccurl_set_pointer(easy, CURLOPT_PRIVATE, owner)
        _ = ccurl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, CurlCallbacks.header, owner)
        _ = ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, CurlCallbacks.write, owner)
        _ = ccurl_set_before_request(easy, CurlCallbacks.beforeRequest, owner)
        _ = ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        _ = ccurl_set_string(easy, CURLOPT_USERAGENT, "signalbox")
        _ = ccurl_set_long(easy, CURLOPT_POST, 1)
    }

    /// - Returns: false when curl refuses the URL or is out of memory.
    func prepare(_ transfer: Transfer) -> Bool {
        let request = transfer.request
        guard target === request.target || setTarget(request.target) else { return false }
        setBody(request.body)
        self.transfer = transfer
        opening.isAddressRefused = false
        answerHead = AnswerHead(bytesMax: headBytesMax)
        isConnected = false
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

    // MARK: What curl tells

    func connected() {
        isConnected = true
        transfer?.connected()
    }

    /// - Returns: false when the head is too large.
    func receivedHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let transfer, !answerHead.isWhole else { return true }
        guard answerHead.append(line) else { return false }
        if answerHead.isWhole {
            transfer.received(answerHead.head)
            touched.note(transfer)
        }
        return true
    }

    /// - Returns: false to be paused; the same bytes come again later.
    func receivedBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let transfer else { return true }
        guard !transfer.isPaused else { return false }
        transfer.received(bytes)
        touched.note(transfer)
        return true
    }

    /// How the transfer ended, when curl says that it did.
    func failure(_ result: CURLcode) -> UpstreamFailure? {
        if result == CURLE_OK, answerHead.isWhole { return nil }
        if answerHead.isTooLarge { return .headTooLarge }
        if opening.isAddressRefused, !isConnected { return .addressNotAllowed }
        return UpstreamFailure(result, isHeadWhole: answerHead.isWhole)
    }
}

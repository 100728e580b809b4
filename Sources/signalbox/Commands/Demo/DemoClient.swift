import CCurl
import Glibc
import JSON

/// One caller: a blocking libcurl handle with its connection kept alive. Used on one thread.
final class DemoClient {
    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    struct Failure: Error {
        let reason: String
    }

    private let easy: UnsafeMutableRawPointer
    private let base: String
    private let key: String
    private var received: [UInt8] = []

    /// - Parameter base: `http://127.0.0.1:8484`.
    init(base: String, key: String) throws {
        ccurl_global_init()
        guard let easy = curl_easy_init() else { throw Failure(reason: "libcurl has no memory") }
        self.easy = easy
        self.base = base
        self.key = key
    }

    deinit {
        curl_easy_cleanup(easy)
    }

    func call(_ method: String, _ path: String, _ body: JSONValue? = nil, unit: String? = nil) throws -> Answer {
        received = []
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        headers = curl_slist_append(headers, "Authorization: Bearer \(key)")
        headers = curl_slist_append(headers, "Content-Type: application/json")
        if let unit { headers = curl_slist_append(headers, "X-Signalbox-Unit: \(unit)") }
        curl_easy_reset(easy)
        _ = ccurl_set_string(easy, CURLOPT_URL, base + path)
        _ = ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, method)
        _ = ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers)
        _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, 60_000)
        _ = ccurl_set_string(easy, CURLOPT_PROXY, "")
        // The callback runs inside of `curl_easy_perform` below, while `self` is alive.
        let owner = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, Self.receive, owner)
        let bytes = body?.encoded() ?? []
        let result = bytes.withUnsafeBytes { buffer -> CURLcode in
            if body != nil {
                // curl reads the buffer until `curl_easy_perform` returns, within this closure.
                _ = ccurl_set_long(easy, CURLOPT_POSTFIELDSIZE, buffer.count)
                _ = ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, buffer.baseAddress)
            }
            return curl_easy_perform(easy)
        }
        guard result == CURLE_OK else { throw Failure(reason: String(cString: curl_easy_strerror(result))) }
        return Answer(status: status(), body: received)
    }

    /// - Throws: when the answer is not a success, with what it said.
    @discardableResult
    func json(_ method: String, _ path: String, _ body: JSONValue? = nil) throws -> JSONValue {
        let answer = try call(method, path, body)
        guard (200..<300).contains(answer.status) else {
            throw Failure(reason: "\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return answer.body.isEmpty ? .null : try JSONValue(parsing: answer.body)
    }

    private func status() -> Int {
        ccurl_response_code(easy)
    }

    private static let receive: ccurl_data_callback = { bytes, size, count, owner in
        guard let bytes, let owner else { return 0 }
        let client = Unmanaged<DemoClient>.fromOpaque(owner).takeUnretainedValue()
        // curl lends the buffer for this call.
        client.received.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }
}

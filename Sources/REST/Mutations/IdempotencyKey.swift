import Domain
import HTTP
import JSON
import SQL

/// `Idempotency-Key` on a POST: the same key and body give the same answer for 24 h, the same key with another body
/// 422.
struct IdempotencyKey: Sendable {
    static let lifetimeMilliseconds: Int64 = 24 * 3_600 * 1_000

    private let project: String
    private let route: String
    private let key: String
    private let fingerprint: [UInt8]

    /// - Returns: nil when the request is no POST or has no key.
    init?(_ call: Call, digest: Mutations.Digest) throws {
        guard call.request.head.method == .post, let key = call.request.head.value("idempotency-key") else {
            return nil
        }
        guard (1...255).contains(key.utf8.count) else {
            throw Problem.invalid("header/Idempotency-Key", "must be 1 to 255 bytes long")
        }
        project = call.project
        // The path, not its template: the same key on another resource is another deed.
        route = "POST " + call.request.head.path
        self.key = key
        fingerprint = digest(call.request.body)
    }

    func replay(in transaction: any Transaction, now: Timestamp) throws -> Response? {
        let found = try transaction.first(
            """
            SELECT fingerprint, status, headers, body FROM idempotency
            WHERE project_id = $1 AND route = $2 AND key = $3 AND created_at > $4
            """,
            [.text(project), .text(route), .text(key), .integer(now.milliseconds - Self.lifetimeMilliseconds)]
        ) { (try $0.blob(0), try $0.int(1), try $0.text(2), try $0.blob(3)) }
        guard let (storedFingerprint, status, headers, body) = found else { return nil }
        guard storedFingerprint == fingerprint else {
            throw Problem.invalid("header/Idempotency-Key", "was used before with another body")
        }
        var response = Response(status: status, body: body.isEmpty ? .empty : .bytes(body))
        for (name, value) in try JSONValue(parsing: headers).objectValue ?? [:] {
            response.headers.set(name, value.stringValue ?? "")
        }
        response.headers.set("Idempotency-Replayed", "true")
        return response
    }

    func store(_ response: Response, in transaction: any Transaction, now: Timestamp) throws {
        let expired = now.milliseconds - Self.lifetimeMilliseconds
        try transaction.execute("DELETE FROM idempotency WHERE created_at <= $1", [.integer(expired)])
        var headers = JSONObject()
        for (name, value) in response.headers { headers[name] = .string(value) }
        var body = [UInt8]()
        if case .bytes(let bytes) = response.body { body = bytes }
        try transaction.execute(
            """
            INSERT INTO idempotency (project_id, route, key, fingerprint, status, headers, body, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(project), .text(route), .text(key), .blob(fingerprint), .integer(Int64(response.status)),
                .text(JSONValue.object(headers).text), .blob(body), .integer(now.milliseconds),
            ])
    }
}

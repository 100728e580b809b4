import Crypto
import Synchronization

/// AWS Signature Version 4 in header fields ("Create a signed AWS API request", IAM User Guide, read 2026-11).
package final class RequestSigner: Sendable {
    private struct DailyKey: Sendable {
        let day: String
        let key: SymmetricKey
    }

    package let region: String
    package let service: String
    private let credentials: AccessCredentials
    /// Derived from the secret for one day.
    private let daily = Mutex<DailyKey?>(nil)

    static let algorithm = "AWS4-HMAC-SHA256"

    /// - Parameters:
    ///   - region: `eu-central-1`.
    ///   - service: the name that it signs under: `bedrock`.
    package init(_ credentials: AccessCredentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// The fields that a request needs beside its own: the moment, the session's token and the signature.
    /// - Parameters:
    ///   - path: as it stands in the request line, encoded.
    ///   - query: as it stands there, without the question mark.
    ///   - fields: what else is signed; `host` has to be among them.
    package func fields(
        method: String, path: String, query: String = "", fields: [(name: String, value: String)], body: [UInt8],
        at moment: SigningMoment
    ) -> [(name: String, value: String)] {
        var added = [(name: "X-Amz-Date", value: moment.text)]
        if let token = credentials.sessionToken { added.append((name: "X-Amz-Security-Token", value: token)) }
        let request = CanonicalRequest(method: method, path: path, query: query, fields: fields + added)
        let signature = signature(of: request, payloadDigest: Self.digest(of: body), at: moment)
        let authorization =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(moment)), "
            + "SignedHeaders=\(request.signedNames), Signature=\(signature)"
        return added + [(name: "Authorization", value: authorization)]
    }

    /// In lower-case hexadecimal.
    func signature(of request: CanonicalRequest, payloadDigest: String, at moment: SigningMoment) -> String {
        let canonical = Self.digest(of: Array(request.text(payloadDigest: payloadDigest).utf8))
        let text = "\(Self.algorithm)\n\(moment.text)\n\(scope(moment))\n\(canonical)"
        return Self.hexadecimal(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key(of: moment.day)))
    }

    private func scope(_ moment: SigningMoment) -> String { "\(moment.day)/\(region)/\(service)/aws4_request" }

    private func key(of day: String) -> SymmetricKey {
        if let known = daily.withLock({ $0 }), known.day == day { return known.key }
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [day, region, service, "aws4_request"] {
            key = SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
        let derived = DailyKey(day: day, key: key)
        daily.withLock { $0 = derived }
        return derived.key
    }

    /// SHA-256 in lower-case hexadecimal.
    static func digest(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The other side of a signature: reads what a request claims, and signs it again. The age of a request is not looked
/// at, since whoever checks here has no clock.
package struct SignatureCheck: Sendable {
    package enum Fault: Error, Sendable, Equatable {
        /// There is no `Authorization` of this algorithm, or it is not of its form.
        case malformed
        case unknownAccessKey
        /// The scope is for another service, or its day is not that of the request.
        case wrongScope
        /// A field that has to be signed is not, or one that is signed is not there.
        case wrongFields
        case wrongToken
        case wrongSignature
    }

    private let credentials: AccessCredentials
    private let service: String

    package init(_ credentials: AccessCredentials, service: String) {
        self.credentials = credentials
        self.service = service
    }

    /// - Parameters:
    ///   - path: as it stands in the request line.
    ///   - field: the value of a field of the request; nil when it has none of this name.
    package func check(
        method: String, path: String, query: String = "", body: [UInt8], field: (String) -> String?
    ) throws(Fault) {
        guard let authorization = field("authorization"), let date = field("x-amz-date"),
            authorization.hasPrefix(RequestSigner.algorithm + " ")
        else { throw .malformed }
        let claims = Self.claims(authorization.dropFirst(RequestSigner.algorithm.count + 1))
        guard let signature = claims["Signature"], let names = claims["SignedHeaders"],
            let scope = claims["Credential"]?.split(separator: "/", omittingEmptySubsequences: false), scope.count == 5
        else { throw .malformed }
        guard scope[0] == credentials.accessKeyID else { throw .unknownAccessKey }
        guard scope[1] == date.prefix(8), date.utf8.count == 16, scope[3] == service, scope[4] == "aws4_request" else {
            throw .wrongScope
        }
        if let token = credentials.sessionToken {
            guard field("x-amz-security-token") == token else { throw .wrongToken }
        }
        let request = CanonicalRequest(
            method: method, path: path, query: query, fields: try signed(names.split(separator: ";"), field))
        let signer = RequestSigner(credentials, region: String(scope[2]), service: service)
        let own = signer.signature(
            of: request, payloadDigest: RequestSigner.digest(of: body),
            at: SigningMoment(day: String(scope[1]), text: date))
        guard own == signature else { throw .wrongSignature }
    }

    private func signed(
        _ names: [Substring], _ field: (String) -> String?
    ) throws(Fault) -> [(name: String, value: String)] {
        var required: Set<Substring> = ["host", "x-amz-date"]
        if credentials.sessionToken != nil { required.insert("x-amz-security-token") }
        guard required.isSubset(of: names) else { throw .wrongFields }
        var fields: [(name: String, value: String)] = []
        for name in names {
            guard let value = field(String(name)) else { throw .wrongFields }
            fields.append((name: String(name), value: value))
        }
        return fields
    }

    /// `Credential=…, SignedHeaders=…, Signature=…`
    private static func claims(_ text: Substring) -> [Substring: Substring] {
        var claims: [Substring: Substring] = [:]
        for item in text.split(separator: ",") {
            let sides = item.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if sides.count == 2 { claims[sides[0]] = sides[1] }
        }
        return claims
    }
}

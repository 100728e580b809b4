import AWS
import Testing

@Suite struct SignatureCheckTests {
    private static let credentials = AccessCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret", sessionToken: "token")
    private static let path = "/model/a%3A0/converse"

    /// What a signed request carries, by names in lower case.
    private static func signed(
        _ credentials: AccessCredentials = credentials, service: String = "bedrock", body: [UInt8] = [1, 2]
    ) -> [String: String] {
        let own = [(name: "Host", value: "h"), (name: "Content-Type", value: "application/json")]
        let added = RequestSigner(credentials, region: "eu-central-1", service: service).fields(
            method: "POST", path: path, fields: own, body: body,
            at: SigningMoment(unixMilliseconds: 1_760_000_000_000))
        return Dictionary(uniqueKeysWithValues: (own + added).map { ($0.name.lowercased(), $0.value) })
    }

    private static func fault(
        _ fields: [String: String], path: String = path, body: [UInt8] = [1, 2]
    ) -> SignatureCheck.Fault? {
        do throws(SignatureCheck.Fault) {
            try SignatureCheck(credentials, service: "bedrock").check(
                method: "POST", path: path, body: body, field: { fields[$0] })
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsSignedIsAcceptedAndWhatIsChangedBehindItIsNot() {
        let fields = Self.signed()
        #expect(Self.fault(fields) == nil)
        #expect(Self.fault(fields, body: [1, 3]) == .wrongSignature)
        #expect(Self.fault(fields, path: "/model/a:0/converse") == .wrongSignature)
        for (name, value) in ["host": "other", "content-type": "text/plain"] {
            var changed = fields
            changed[name] = value
            #expect(Self.fault(changed) == .wrongSignature)
            changed[name] = nil
            #expect(Self.fault(changed) == .wrongFields)
        }
    }

    @Test func anotherSecretServiceDayOrTokenIsToldApart() {
        let other = AccessCredentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "s2", sessionToken: "token")
        #expect(Self.fault(Self.signed(other)) == .wrongSignature)
        let stranger = AccessCredentials(accessKeyID: "AKIAIOSFODNN7STRANGE", secretAccessKey: "secret")
        #expect(Self.fault(Self.signed(stranger)) == .unknownAccessKey)
        #expect(Self.fault(Self.signed(service: "s3")) == .wrongScope)
        var fields = Self.signed()
        fields["x-amz-date"] = "20240101T000000Z"
        #expect(Self.fault(fields) == .wrongScope)
        fields = Self.signed()
        fields["x-amz-security-token"] = "tokens"
        #expect(Self.fault(fields) == .wrongToken)
        fields = Self.signed(AccessCredentials(accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret"))
        fields["x-amz-security-token"] = "token"
        #expect(Self.fault(fields) == .wrongFields)
    }

    @Test(arguments: [
        "", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=a",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 ,,,===, Credential", "AWS4-HMAC-SHA512 Credential=a/b/c/d/e, SignedHeaders=h, Signature=x",
    ])
    func whatIsNoAuthorizationIsMalformed(text: String) {
        var fields = Self.signed()
        fields["authorization"] = text
        #expect(Self.fault(fields) == .malformed)
        fields = Self.signed()
        fields["x-amz-date"] = nil
        #expect(Self.fault(fields) == .malformed)
    }
}

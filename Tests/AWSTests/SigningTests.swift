import AWS
import Testing

@Suite struct SigningTests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    /// 2015-08-30T12:36:00Z
    private static let moment = SigningMoment(unixMilliseconds: 1_440_938_160_000)

    @Test(arguments: SignatureVector.all)
    func aRequestOfTheSuiteHasTheSignatureThatTheSuiteSays(_ vector: SignatureVector) throws {
        let signer = RequestSigner(
            AccessCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: Self.secret, sessionToken: vector.token),
            region: "us-east-1", service: "service")
        let added = signer.fields(
            method: vector.method, path: vector.path, query: vector.query,
            fields: [("Host", "example.amazonaws.com")] + vector.fields, body: Array(vector.body.utf8), at: Self.moment)
        let authorization =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            + "SignedHeaders=\(vector.signedNames), Signature=\(vector.signature)"
        #expect(added.last?.name == "Authorization")
        #expect(added.last?.value == authorization)
        #expect(added.first { $0.name == "X-Amz-Date" }?.value == "20150830T123600Z")
        #expect(added.first { $0.name == "X-Amz-Security-Token" }?.value == vector.token)
    }

    @Test func aPathThatIsEncodedAlreadyIsEncodedAgain() {
        let request = CanonicalRequest(
            method: "POST", path: "/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/converse",
            fields: [("host", "bedrock-runtime.us-east-1.amazonaws.com")])
        #expect(
            request.text(payloadDigest: "d").hasPrefix(
                "POST\n/model/anthropic.claude-3-5-sonnet-20241022-v2%253A0/converse\n\nhost:"))
        #expect(CanonicalRequest(method: "GET", path: "", fields: []).text(payloadDigest: "").hasPrefix("GET\n/\n"))
    }

    @Test func fieldsOfOneNameAreSignedAsOne() {
        let request = CanonicalRequest(
            method: "GET", path: "/", fields: [("B", "2"), ("a", "x"), ("b", "  1\t 3 "), ("b", "")])
        #expect(request.signedNames == "a;b")
        #expect(request.text(payloadDigest: "d") == "GET\n/\n\na:x\nb:2,1 3,\n\na;b\nd")
    }

    @Test func aDayHasAKeyOfItsOwn() throws {
        let credentials = AccessCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: Self.secret)
        let signer = RequestSigner(credentials, region: "eu-central-1", service: "bedrock")
        for milliseconds: Int64 in [1_440_938_160_000, 1_440_979_199_999, 1_440_979_200_000, 1_440_938_160_000] {
            let moment = SigningMoment(unixMilliseconds: milliseconds)
            let fresh = RequestSigner(credentials, region: "eu-central-1", service: "bedrock")
            let both = [signer, fresh].map {
                $0.fields(method: "POST", path: "/", fields: [("Host", "h")], body: [1], at: moment)[1].value
            }
            #expect(both[0] == both[1])
        }
    }

    @Test(
        arguments: [
            (0, "19700101T000000Z"), (951_782_399_999, "20000228T235959Z"), (951_782_400_000, "20000229T000000Z"),
            (951_868_800_000, "20000301T000000Z"), (1_709_164_800_000, "20240229T000000Z"),
            (1_735_689_599_000, "20241231T235959Z"), (4_107_542_400_000, "21000301T000000Z"),
            (253_402_300_799_999, "99991231T235959Z"), (Int64.max, "99991231T235959Z"), (-1, "19700101T000000Z"),
        ] as [(Int64, String)])
    func aMomentIsWrittenInBasicForm(milliseconds: Int64, text: String) {
        let moment = SigningMoment(unixMilliseconds: milliseconds)
        #expect(moment.text == text)
        #expect(moment.day == text.prefix(8))
    }

    @Test func credentialsAreReadFromOneText() throws {
        let plain = try AccessCredentials(parsing: "AKIAIOSFODNN7EXAMPLE:" + Self.secret)
        #expect(plain.accessKeyID == "AKIAIOSFODNN7EXAMPLE")
        #expect(plain.secretAccessKey == Self.secret)
        #expect(plain.sessionToken == nil)
        #expect(
            try AccessCredentials(parsing: "ASIAIOSFODNN7EXAMPLE:\(Self.secret):IQoJb3JpZ2lu+/==").sessionToken
                == "IQoJb3JpZ2lu+/==")
    }

    @Test(arguments: [
        "", ":", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE:", "AKIAIOSFODNN7EXAMPLE:s:", "short:secret",
        "AKIAIOSFODNN7EXAMPLE:s:t:u", "AKIAIOSFODNN7EXAMPL\u{C9}:s", "AKIAIOSFODNN7EXAMPLE:s p",
        "AKIAIOSFODNN7EXAMPLE:s\n", "AKIAIOSFODNN7EXAMPLE:s:t\"", " AKIAIOSFODNN7EXAMPLE:s",
    ])
    func whatAreNoCredentialsIsRefusedWithoutBeingQuoted(text: String) {
        #expect {
            try AccessCredentials(parsing: text)
        } throws: { error in
            let reason = (error as? AccessCredentials.Invalid)?.reason ?? ""
            return reason.hasPrefix("must ") && !reason.contains("EXAMPLE")
        }
    }
}

import CryptoExtras
import Domain
import JSON

/// A service account's key, as Google hands it out in a JSON file, and what it asks for access tokens with: a JWT that
/// it signs (RFC 7523 §2.1; developers.google.com/identity/protocols/oauth2/service-account, read 2026-11).
struct ServiceAccount: Sendable {
    struct Invalid: Error, Equatable {
        let reason: String
    }

    let tokenAddress: String
    private let email: String
    private let keyID: String?
    private let key: _RSA.Signing.PrivateKey
    /// What nobody may read: a part of the key that is not the public one's.
    let secrets: [String]

    private static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// The longest that Google takes.
    private static let lifetimeSeconds: Int64 = 3_600

    init(parsing text: String) throws(Invalid) {
        guard let file = (try? JSONValue(parsing: Array(text.utf8)))?.objectValue else {
            throw Invalid(reason: "must be the JSON file of a service account's key")
        }
        guard file["type"] == "service_account" else {
            throw Invalid(reason: "must be the key of a service account: its type is not service_account")
        }
        guard let email = file["client_email"]?.stringValue, let pem = file["private_key"]?.stringValue else {
            throw Invalid(reason: "must have client_email and private_key")
        }
        do {
            key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
        } catch {
            throw Invalid(reason: "must have a private_key that is an RSA key of 2048 bits or more, in PEM")
        }
        let address = file["token_uri"]?.stringValue ?? "https://oauth2.googleapis.com/token"
        do throws(BaseURL.Invalid) {
            tokenAddress = try BaseURL(parsing: address).text
        } catch {
            throw Invalid(reason: "must have a token_uri that is an address: it " + error.reason)
        }
        self.email = email
        // PKCS #8 and #1 have the modulus first, which is public, and then the rest over twice as many lines.
        let lines = pem.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-") && $0.utf8.count >= 32 }
        secrets = lines.dropFirst(lines.count / 2).prefix(2).map(String.init)
        keyID = file["private_key_id"]?.stringValue
    }

    /// The body of the request for a token.
    /// - Returns: nil when the key cannot sign, which those that could be read can.
    func form(at now: Timestamp) -> [UInt8]? {
        let issued = now.milliseconds / 1_000
        var header: JSONObject = ["alg": "RS256", "typ": "JWT"]
        header["kid"] = keyID.map(JSONValue.string)
        let claims: JSONValue = [
            "iss": .string(email), "scope": .string(Self.scope), "aud": .string(tokenAddress),
            "iat": .integer(issued), "exp": .integer(issued + Self.lifetimeSeconds),
        ]
        let signed =
            Base64URL.text(JSONValue.object(header).encoded()) + "." + Base64URL.text(claims.encoded())
        guard let signature = try? key.signature(for: Array(signed.utf8), padding: .insecurePKCS1v1_5) else {
            return nil
        }
        // Of what is to be encoded in a form there are but the colons of the grant's name.
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
        let assertion = signed + "." + Base64URL.text(Array(signature.rawRepresentation))
        return Array("grant_type=\(grant)&assertion=\(assertion)".utf8)
    }
}

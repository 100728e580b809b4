/// Who signs: an access key, and what proves that it is temporary.
package struct AccessCredentials: Sendable, Hashable {
    package struct Invalid: Error, Equatable {
        package let reason: String
    }

    package let accessKeyID: String
    package let secretAccessKey: String
    /// Of temporary credentials (AWS STS).
    package let sessionToken: String?

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    /// Takes `ACCESS_KEY_ID:SECRET_ACCESS_KEY` or `ACCESS_KEY_ID:SECRET_ACCESS_KEY:SESSION_TOKEN`: none of the three
    /// ever holds a colon.
    package init(parsing text: String) throws(Invalid) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 else {
            throw Invalid(reason: "must be ACCESS_KEY_ID:SECRET_ACCESS_KEY, or that with :SESSION_TOKEN behind it")
        }
        // The pattern of AccessKeyId in the IAM API's reference: 16 to 128 of \w.
        guard (16...128).contains(parts[0].utf8.count), parts[0].utf8.allSatisfy(Self.isIdentifier) else {
            throw Invalid(reason: "must begin with an access key id: 16 to 128 letters, digits and underscores")
        }
        guard !parts[1].isEmpty, parts[1].utf8.allSatisfy(Self.isSecret) else {
            throw Invalid(reason: "must have a secret access key, of the letters of base64, behind the first colon")
        }
        if parts.count == 3 {
            guard !parts[2].isEmpty, parts[2].utf8.allSatisfy(Self.isSecret) else {
                throw Invalid(reason: "must have a session token, of the letters of base64, behind the second colon")
            }
        }
        self.init(
            accessKeyID: String(parts[0]), secretAccessKey: String(parts[1]),
            sessionToken: parts.count == 3 ? String(parts[2]) : nil)
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte &- 48 < 10 || byte == UInt8(ascii: "_")
    }

    /// Of both alphabets of base64 (RFC 4648 §4, §5).
    private static func isSecret(_ byte: UInt8) -> Bool {
        isIdentifier(byte) || "+/=-".utf8.contains(byte)
    }
}

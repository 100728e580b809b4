import Crypto

/// The name of an end user for a provider that would refuse it as it is.
enum EndUserName {
    /// Always the same for the same name, so that the provider still knows one user from another: 64 characters, which
    /// all vendors take.
    static func digest(of user: String) -> String {
        let digits = Array("0123456789abcdef")
        return SHA256.hash(data: Array(user.utf8)).reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}

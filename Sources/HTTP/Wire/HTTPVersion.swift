/// The version of a message. Only major version 1 is served; a minor above 1 is read as 1.1 (RFC 9110 §2.5).
package struct HTTPVersion: Sendable, Equatable {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    package static let http10 = HTTPVersion(1, 0)
    package static let http11 = HTTPVersion(1, 1)
}

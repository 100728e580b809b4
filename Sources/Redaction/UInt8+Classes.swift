/// The classes of bytes that the forms are made of.
extension UInt8 {
    var isDigit: Bool { self &- 0x30 < 10 }

    var isUpper: Bool { self &- 0x41 < 26 }

    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

    /// ASCII letters and digits: what no form may touch on either side.
    var isWord: Bool { isDigit || isLetter }

    /// base64url, and what vendors join the parts of their keys with.
    var isToken: Bool { isWord || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }

    /// token68 of RFC 9110 §11.2.
    var isBearerToken: Bool {
        switch self {
        case UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): true
        default: isToken
        }
    }

    /// JSON's white space.
    var isSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }

    var isContinuation: Bool { self & 0xC0 == 0x80 }

    /// The first byte of two: letters with accents, Greek, Cyrillic, Hebrew, Arabic.
    var isNarrowLead: Bool { (0xC3...0xDF).contains(self) }
}

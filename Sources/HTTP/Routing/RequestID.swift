/// The identity of a request: the caller's X-Request-Id when it is sane, else a ULID of ours. Kept as bits; the text is
/// made when somebody wants it.
package struct RequestID: Sendable {
    private enum Source {
        case caller(String)
        case ours(high: UInt64, low: UInt64)
    }

    private let source: Source

    /// Of no request.
    static let none = RequestID(milliseconds: 0, chance: (0, 0))

    /// A caller's identity; nil unless it matches `[A-Za-z0-9._-]{1,128}`.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard (1...128).contains(bytes.count), bytes.allSatisfy(Self.isSane) else { return nil }
        source = .caller(String(decoding: bytes, as: UTF8.self))
    }

    /// Takes any text, for tests and for calls within the process.
    package init(text: String) { source = .caller(text) }

    /// A ULID: 48 bits of milliseconds, 80 bits of chance.
    init(milliseconds: UInt64, chance: (UInt16, UInt64)) {
        source = .ours(high: milliseconds << 16 | UInt64(chance.0), low: chance.1)
    }

    package var text: String {
        switch source {
        case .caller(let text): text
        case .ours: String(unsafeUninitializedCapacity: Self.length) { write(to: $0.baseAddress) }
        }
    }

    /// The number of bytes that `append` writes.
    private static let length = 26

    /// Appends the text to an answer's head.
    func append(to buffer: WireBuffer) {
        switch source {
        case .caller(let text): buffer.append(text)
        case .ours:
            buffer.append(count: Self.length) { _ = write(to: $0) }
        }
    }

    /// Crockford's base 32 of 128 bits, most significant first (ULID specification). Written in place, into an answer's
    /// buffer or a string's.
    private func write(to target: UnsafeMutablePointer<UInt8>?) -> Int {
        guard let target, case .ours(let high, let low) = source else { return 0 }
        let digits: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        var value = (high: high, low: low)
        for index in stride(from: Self.length - 1, through: 0, by: -1) {
            target[index] = digits.utf8Start[Int(value.low & 31)]
            value = (value.high >> 5, value.low >> 5 | value.high << 59)
        }
        return Self.length
    }

    private static func isSane(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

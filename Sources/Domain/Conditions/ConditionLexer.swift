/// Cuts a condition into its words.
struct ConditionLexer {
    private let bytes: [UInt8]
    private var place = 0

    /// The longer first: `<=` is not `<`.
    private static let signs = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",", ".", "-"]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func next() throws(ConditionError) -> ConditionToken {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
        let start = place
        guard place < bytes.count else { return ConditionToken(kind: .end, offset: start) }
        let byte = bytes[place]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            return ConditionToken(kind: .string(try text(endingWith: byte)), offset: start)
        }
        if Self.isDigit(byte) { return ConditionToken(kind: .number(try number()), offset: start) }
        if Self.isLetter(byte) {
            while place < bytes.count, Self.isLetter(bytes[place]) || Self.isDigit(bytes[place]) { place += 1 }
            return ConditionToken(kind: .name(String(decoding: bytes[start..<place], as: UTF8.self)), offset: start)
        }
        guard let sign = Self.signs.first(where: { bytes[place...].starts(with: $0.utf8) }) else {
            throw ConditionError(offset: start, reason: Self.unknown(byte))
        }
        place += sign.utf8.count
        return ConditionToken(kind: .sign(sign), offset: start)
    }

    private static func unknown(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "="): "= is written =="
        case UInt8(ascii: "&"): "& is written &&"
        case UInt8(ascii: "|"): "| is written ||"
        default: "has a character that means nothing here"
        }
    }

    /// CEL's escapes that one needs: `\\`, `\"`, `\'`, `\n`, `\t`, `\uXXXX`.
    private mutating func text(endingWith quote: UInt8) throws(ConditionError) -> String {
        let start = place
        var found = [UInt8]()
        place += 1
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == quote { return String(decoding: found, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                found.append(byte)
                continue
            }
            found += try escaped().utf8
        }
        throw ConditionError(offset: start, reason: "has a string without an end")
    }

    private mutating func escaped() throws(ConditionError) -> String {
        let start = place - 1
        guard place < bytes.count else {
            throw ConditionError(offset: start, reason: "has a string without an end")
        }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): return String(Unicode.Scalar(byte))
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let digits = bytes[place...].prefix(4)
            guard digits.count == 4, digits.allSatisfy(Self.isHexadecimal),
                let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(value)
            else { throw ConditionError(offset: start, reason: "has an escape that is no character") }
            place += 4
            return String(scalar)
        default:
            throw ConditionError(offset: start, reason: "has an unknown escape in a string")
        }
    }

    private mutating func number() throws(ConditionError) -> Double {
        let start = place
        while place < bytes.count, Self.isDigit(bytes[place]) { place += 1 }
        if place + 1 < bytes.count, bytes[place] == UInt8(ascii: "."), Self.isDigit(bytes[place + 1]) {
            place += 1
            while place < bytes.count, Self.isDigit(bytes[place]) { place += 1 }
        }
        let isEnded = place == bytes.count || !Self.isLetter(bytes[place])
        guard isEnded, let value = Double(String(decoding: bytes[start..<place], as: UTF8.self)), value.isFinite else {
            throw ConditionError(offset: start, reason: "has a number that is none")
        }
        return value
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}

/// Numbers in running text: `-3`, `1,234.5`, `$5`, `6.02e23`, `−2` (U+2212). Digits within a word (`H2O`) are none, a
/// minus after a letter or digit is a hyphen or a subtraction, and the full stop of a sentence is no decimal point.
struct NumberScan {
    private let bytes: [UInt8]

    /// - Returns: nil when there is none that a double can hold.
    static func lastNumber(in text: String) -> Double? {
        let plain = text.unicodeScalars.map { $0 == "\u{2212}" ? "-" : $0 }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: plain)
        return NumberScan(bytes: Array(String(view).utf8)).last()
    }

    private func last() -> Double? {
        var found: Double?
        var index = 0
        while index < bytes.count {
            let startsHere = isDigit(index) || (byte(index) == UInt8(ascii: ".") && isDigit(index + 1))
            guard startsHere else {
                index += 1
                continue
            }
            let end = end(ofNumberAt: index)
            if !isWord(index - 1), let value = value(from: index, to: end) { found = value }
            index = end
        }
        return found
    }

    private func value(from start: Int, to end: Int) -> Double? {
        let digits = bytes[start..<end].filter { $0 != UInt8(ascii: ",") }
        guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else { return nil }
        return isNegative(start) ? -value : value
    }

    /// A sign may stand before a currency's: `-$5`.
    private func isNegative(_ start: Int) -> Bool {
        let sign = byte(start - 1) == UInt8(ascii: "$") ? start - 2 : start - 1
        return byte(sign) == UInt8(ascii: "-") && !isWord(sign - 1) && byte(sign - 1) != UInt8(ascii: ")")
    }

    private func end(ofNumberAt start: Int) -> Int {
        var index = skipDigits(start)
        // Groups of thousands: at most three digits before the first comma, three after each.
        if index - start <= 3 {
            while byte(index) == UInt8(ascii: ","), skipDigits(index + 1) == index + 4 { index += 4 }
        }
        if byte(index) == UInt8(ascii: "."), isDigit(index + 1) { index = skipDigits(index + 1) }
        if let mark = byte(index), mark | 0x20 == UInt8(ascii: "e") {
            let isSigned = byte(index + 1) == UInt8(ascii: "-") || byte(index + 1) == UInt8(ascii: "+")
            let digits = isSigned ? index + 2 : index + 1
            if isDigit(digits) { index = skipDigits(digits) }
        }
        return index
    }

    private func skipDigits(_ start: Int) -> Int {
        var index = start
        while isDigit(index) { index += 1 }
        return index
    }

    private func byte(_ index: Int) -> UInt8? {
        bytes.indices.contains(index) ? bytes[index] : nil
    }

    private func isDigit(_ index: Int) -> Bool {
        byte(index).map { $0 &- 48 < 10 } ?? false
    }

    /// ASCII letters and digits: scripts without spaces between words write numbers right after a letter.
    private func isWord(_ index: Int) -> Bool {
        guard let byte = byte(index) else { return false }
        return byte &- 48 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }
}

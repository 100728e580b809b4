/// Version 1 of the PROXY protocol: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443` CRLF, in at most 107 bytes (§2.1).
enum ProxyHeaderText {
    private static let lineBytesMax = 107

    static func read(_ input: Span<UInt8>) throws(ProxyHeader.Fault) -> ProxyHeader? {
        let prefix: StaticString = "PROXY "
        for index in 0..<min(input.count, prefix.utf8CodeUnitCount) {
            // The pointer is to the literal's own bytes, and `index` stays below their number.
            guard input[index] == prefix.utf8Start[index] else {
                throw ProxyHeader.Fault(detail: "no PROXY header begins like this")
            }
        }
        let bound = min(input.count, lineBytesMax)
        var index = min(prefix.utf8CodeUnitCount, bound)
        while index < bound, input[index] >= 0x20, input[index] < 0x7F { index += 1 }
        if index < bound, input[index] != Octet.carriageReturn {
            throw ProxyHeader.Fault(detail: "a byte that no PROXY line has")
        }
        guard index + 1 < lineBytesMax else {
            throw ProxyHeader.Fault(detail: "a PROXY line of more than \(lineBytesMax) bytes")
        }
        guard index + 1 < input.count else { return nil }
        guard input[index + 1] == Octet.lineFeed else { throw ProxyHeader.Fault(detail: "a CR is not followed by LF") }
        let words = (prefix.utf8CodeUnitCount..<index).map { input[$0] }
        return ProxyHeader(source: try source(words), count: index + 2)
    }

    private static func source(_ line: [UInt8]) throws(ProxyHeader.Fault) -> ProxyHeader.Source {
        let words = line.split(separator: Octet.space, omittingEmptySubsequences: false)
        // What follows UNKNOWN is to be ignored.
        if words[0].elementsEqual("UNKNOWN".utf8) { return .proxy }
        let isVersion4 = words[0].elementsEqual("TCP4".utf8)
        guard isVersion4 || words[0].elementsEqual("TCP6".utf8) else {
            throw ProxyHeader.Fault(detail: "neither TCP4, TCP6 nor UNKNOWN")
        }
        guard words.count == 5, words[3...].allSatisfy(isPort) else {
            throw ProxyHeader.Fault(detail: "not two addresses and two ports")
        }
        let addresses = words[1...2].compactMap { word in
            word.contains(UInt8(ascii: ":")) == isVersion4 ? nil : IPAddress(String(decoding: word, as: UTF8.self))
        }
        guard addresses.count == 2 else { throw ProxyHeader.Fault(detail: "an address that is none of its family") }
        return .address(addresses[0])
    }

    /// A decimal number to 65,535 without leading zeros.
    private static func isPort(_ word: ArraySlice<UInt8>) -> Bool {
        guard (1...5).contains(word.count), word.allSatisfy(Octet.isDigit) else { return false }
        guard word.count == 1 || word.first != UInt8(ascii: "0") else { return false }
        return word.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 65_535
    }
}

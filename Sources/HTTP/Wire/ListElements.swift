/// The elements of a comma-separated field value (RFC 9110 §5.6.1), as ranges without white space; empty ones are
/// passed over.
struct ListElements: Sequence, IteratorProtocol {
    private var ranges: [Range<Int>] = []
    private var index = 0

    init(_ input: Span<UInt8>, _ value: Range<Int>) {
        var start = value.lowerBound
        for position in value where input[position] == UInt8(ascii: ",") {
            append(input, start..<position)
            start = position + 1
        }
        append(input, start..<value.upperBound)
    }

    private mutating func append(_ input: Span<UInt8>, _ range: Range<Int>) {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high, Octet.isWhitespace(input[low]) { low += 1 }
        while high > low, Octet.isWhitespace(input[high - 1]) { high -= 1 }
        if low < high { ranges.append(low..<high) }
    }

    mutating func next() -> Range<Int>? {
        guard index < ranges.count else { return nil }
        defer { index += 1 }
        return ranges[index]
    }
}

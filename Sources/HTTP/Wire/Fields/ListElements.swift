/// A walk over the elements of a comma-separated field value (RFC 9110 §5.6.1), as ranges without white space; empty
/// ones are passed over.
struct ListElements {
    private var position: Int
    private let end: Int

    init(_ value: Range<Int>) {
        position = value.lowerBound
        end = value.upperBound
    }

    mutating func next(_ input: Span<UInt8>) -> Range<Int>? {
        while position < end {
            var low = position
            var high = low
            while high < end, input[high] != UInt8(ascii: ",") { high += 1 }
            position = high + 1
            while low < high, Octet.isWhitespace(input[low]) { low += 1 }
            while high > low, Octet.isWhitespace(input[high - 1]) { high -= 1 }
            if low < high { return low..<high }
        }
        return nil
    }
}

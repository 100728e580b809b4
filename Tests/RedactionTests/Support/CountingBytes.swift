/// Bytes that count how often one of them is looked at. Used by one test at a time.
final class CountingBytes: RandomAccessCollection {
    private let bytes: [UInt8]
    private(set) var looks = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var startIndex: Int { 0 }
    var endIndex: Int { bytes.count }

    subscript(_ index: Int) -> UInt8 {
        looks += 1
        return bytes[index]
    }
}

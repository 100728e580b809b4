/// Where a header field stands in the bytes of its head.
struct FieldSpan: Sendable, Equatable {
    let nameStart: UInt32
    let nameEnd: UInt32
    /// Without the white space around it.
    var valueStart: UInt32
    var valueEnd: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}

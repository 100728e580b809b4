extension Array where Element == UInt8 {
    /// A copy of the bytes.
    init(copying span: Span<UInt8>) {
        // One memcpy in place of a loop; the pointer does not leave the closure.
        self = span.withUnsafeBufferPointer { Array($0) }
    }
}

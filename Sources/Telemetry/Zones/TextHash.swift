/// Hashes that are the same on every machine and in every run: what stands in files is made of them, so how they are
/// made is never changed.
enum TextHash {
    static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Eight bytes at a time, little endian; nobody gains from making texts that collide but a search for them.
    static func of(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var hash = UInt64(bytes.count) &* multiplier
            var at = 0
            while at + 8 <= bytes.count {
                hash = mix(hash ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
                at += 8
            }
            var rest: UInt64 = 0
            for index in at..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
            return mix(hash ^ rest)
        }
    }

    /// The finalizer of MurmurHash3 (Appleby, public domain).
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value >> 33
    }
}

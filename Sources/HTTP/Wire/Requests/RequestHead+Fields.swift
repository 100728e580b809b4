extension RequestHead {
    /// The first value of a field, by its name in any case; nil when there is none. A value that is not UTF-8 is
    /// repaired with U+FFFD: use `bytes` where it matters.
    package func value(_ name: String) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The first value of a field as it came, without the white space around it and without making a `String`.
    package func bytes(_ name: String) -> ArraySlice<UInt8>? {
        index(of: name).map { bytes[fields[$0].value] }
    }

    /// The same for a name in lower case that is known when this is written: what every request is asked for.
    package func bytes(known name: StaticString) -> ArraySlice<UInt8>? {
        let length = name.utf8CodeUnitCount
        let found = bytes.withUnsafeBufferPointer { held in
            fields.firstIndex { field in
                let start = Int(field.nameStart)
                guard Int(field.nameEnd) - start == length else { return false }
                // The pointer is to the literal's own bytes, and `offset` stays below their number.
                for offset in 0..<length where Octet.lowercased(held[start + offset]) != name.utf8Start[offset] {
                    return false
                }
                return true
            }
        }
        return found.map { bytes[fields[$0].value] }
    }

    /// The same as text. A value that is not UTF-8 is repaired with U+FFFD.
    package func value(known name: StaticString) -> String? {
        bytes(known: name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every value of a field, in order of arrival.
    package func values(_ name: String) -> [String] {
        fields.filter { Octet.equal(bytes[$0.name], name.utf8) }.map { text($0.value) }
    }

    /// Calls `body` with the name (in the case it came in) and the value of every field, in order of arrival.
    package func forEachField(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void) {
        for field in fields { body(bytes[field.name], bytes[field.value]) }
    }

    private func index(of name: String) -> Int? {
        var name = name
        // Bytes against bytes, without an iterator each; no pointer leaves the closures.
        return name.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { held in
                fields.firstIndex { field in
                    let start = Int(field.nameStart)
                    guard Int(field.nameEnd) - start == wanted.count else { return false }
                    for offset in 0..<wanted.count
                    where Octet.lowercased(held[start + offset]) != Octet.lowercased(wanted[offset]) { return false }
                    return true
                }
            }
        }
    }
}

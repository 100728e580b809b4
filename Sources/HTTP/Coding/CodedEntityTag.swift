/// Entity tags of compressed representations. A strong tag names bytes, so that each coding needs a tag of its own
/// (RFC 9110 §8.8.3.3): `"abc"` becomes `"abc-gzip"`. Weakening it instead would leave the client with a tag that
/// If-Match never accepts. Handlers know nothing of it: the suffix is put on and taken off at the connection.
enum CodedEntityTag {
    /// The tag of the representation in this coding. One that is no entity tag stays as it is.
    static func adding(_ coding: ContentCoding, to tag: String) -> String {
        guard tag.hasSuffix("\""), tag.utf8.count >= 2 else { return tag }
        return "\(tag.dropLast())-\(coding.name)\""
    }

    /// A list of tags without the suffixes of these codings; nil when none has one.
    static func removing(_ codings: [ContentCoding], from list: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes = Array(list)
        var isChanged = false
        for coding in codings {
            let suffix = Array("-\(coding.name)\"".utf8)
            var start = 0
            // Only an end of a tag has a quote there, or the beginning of the next one, which follows a comma.
            while start + suffix.count <= bytes.count {
                if bytes[start..<(start + suffix.count)].elementsEqual(suffix) {
                    bytes.replaceSubrange(start..<(start + suffix.count), with: [UInt8(ascii: "\"")])
                    isChanged = true
                }
                start += 1
            }
        }
        return isChanged ? bytes : nil
    }
}

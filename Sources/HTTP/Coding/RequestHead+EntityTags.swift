extension RequestHead {
    /// This head as the handler is to see it: the tags of If-Match and If-None-Match without the suffixes of codings.
    /// If-Match protects the resource's state, whatever coding the client saw it in. If-None-Match asks about the very
    /// representation that would be sent, so that only the suffix of its coding counts (RFC 9110 §13.1.2).
    /// - Parameter preferred: the coding that an answer to this request would have.
    func withPlainEntityTags(_ preferred: ContentCoding?) -> RequestHead {
        var bytes = bytes
        var fields = fields
        for index in fields.indices {
            let name = bytes[fields[index].name]
            let codings: [ContentCoding]
            if Octet.equal(name, "if-match".utf8) {
                codings = ContentCoding.allCases
            } else if Octet.equal(name, "if-none-match".utf8) {
                codings = preferred.map { [$0] } ?? []
            } else {
                continue
            }
            guard let plain = CodedEntityTag.removing(codings, from: bytes[fields[index].value]) else { continue }
            let start = bytes.count
            bytes += plain
            fields[index].valueStart = UInt32(truncatingIfNeeded: start)
            fields[index].valueEnd = UInt32(truncatingIfNeeded: bytes.count)
        }
        return RequestHead(method: method, bytes: bytes, fields: fields, facts: facts)
    }
}

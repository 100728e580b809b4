/// Fields of an answer in which the server has a say.
enum OwnField {
    /// Set by the server alone: Date, Content-Length, Transfer-Encoding, Keep-Alive.
    case framing
    case connection
    case requestID

    /// nil for every other name. Sorts by length first: most names are none of these.
    init?(_ name: UnsafeBufferPointer<UInt8>) {
        switch name.count {
        case 4 where Octet.equal(name, "date"): self = .framing
        case 10 where Octet.equal(name, "connection"): self = .connection
        case 10 where Octet.equal(name, "keep-alive"): self = .framing
        case 12 where Octet.equal(name, "x-request-id"): self = .requestID
        case 14 where Octet.equal(name, "content-length"): self = .framing
        case 17 where Octet.equal(name, "transfer-encoding"): self = .framing
        default: return nil
        }
    }

    init?(_ name: String) {
        var name = name
        guard let field = name.withUTF8({ OwnField($0) }) else { return nil }
        self = field
    }
}

/// Fields of an answer in which the server has a say.
enum OwnField {
    /// Set by the server alone: Date, Content-Length, Transfer-Encoding, Keep-Alive.
    case framing
    case connection
    case requestID

    /// nil for every other name. Sorts by length first: most names are none of these.
    init?(_ name: String) {
        let bytes = name.utf8
        switch bytes.count {
        case 4 where Octet.equal(bytes, "date".utf8): self = .framing
        case 10 where Octet.equal(bytes, "connection".utf8): self = .connection
        case 10 where Octet.equal(bytes, "keep-alive".utf8): self = .framing
        case 12 where Octet.equal(bytes, "x-request-id".utf8): self = .requestID
        case 14 where Octet.equal(bytes, "content-length".utf8): self = .framing
        case 17 where Octet.equal(bytes, "transfer-encoding".utf8): self = .framing
        default: return nil
        }
    }
}

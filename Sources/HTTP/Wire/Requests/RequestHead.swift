/// The request line and the header section of a request (RFC 9112 §2): the bytes as they came, and where the parts are.
/// Nothing is made a `String` until somebody asks.
package struct RequestHead: Sendable {
    // Behind one reference: a head passes from the parser to the exchange, the request and the handler's task, and each
    // copy of its parts would cost a reference count apiece.
    private final class Storage: Sendable {
        let method: Method
        let bytes: [UInt8]
        let fields: [FieldSpan]
        let facts: HeadFacts

        init(_ method: Method, _ bytes: [UInt8], _ fields: [FieldSpan], _ facts: HeadFacts) {
            self.method = method
            self.bytes = bytes
            self.fields = fields
            self.facts = facts
        }
    }

    private let storage: Storage

    init(method: Method, bytes: [UInt8], fields: [FieldSpan], facts: HeadFacts) {
        storage = Storage(method, bytes, fields, facts)
    }

    package var method: Method { storage.method }
    var bytes: [UInt8] { storage.bytes }
    var fields: [FieldSpan] { storage.fields }
    var facts: HeadFacts { storage.facts }

    /// The request target as it came (RFC 9112 §3.2).
    package var target: String { text(facts.target) }

    /// The raw path, still percent-encoded; `/` for an absolute form without one, `*` for the asterisk form, empty for
    /// CONNECT. A fragment, which has no place in a request, is left out.
    package var path: String { String(decoding: pathBytes, as: UTF8.self) }

    /// The raw query without its `?`, still percent-encoded; nil when there is no `?`.
    package var query: String? { queryBytes.map { String(decoding: $0, as: UTF8.self) } }

    package var version: HTTPVersion { HTTPVersion(1, Int(facts.minorVersion)) }

    var pathBytes: ArraySlice<UInt8> {
        // RFC 9112 §3.2.2 with RFC 9110 §4.2.3: an absolute form's empty path is "/".
        facts.path.isEmpty && method != .connect ? Self.root : bytes[facts.path]
    }

    var queryBytes: ArraySlice<UInt8>? { facts.query.map { bytes[$0] } }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private static let root: ArraySlice<UInt8> = [UInt8(ascii: "/")]
}

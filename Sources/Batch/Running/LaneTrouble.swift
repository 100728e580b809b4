import Domain
import JSON

/// Why a line has no answer yet.
struct LaneTrouble: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        /// A limit or a budget of the gateway's own, or no room just now.
        case limit
        /// A limit of the provider's, or a line that is too much for it.
        case providerLimit = "provider_limit"
        /// The provider is not there, or is not set up to be asked: no line's fault.
        case provider
        /// The provider failed, for its own reasons or for the line's.
        case failure
        /// The store did not give what there is to ask.
        case store
    }

    let kind: Kind
    /// As somebody asked for.
    var milliseconds: Int64?
    /// As the line was answered, for who looks at the batch.
    var code: String
    var message: String

    private static let textBytesMax = 512

    init(_ kind: Kind, milliseconds: Int64? = nil, code: String = "", message: String = "") {
        self.kind = kind
        self.milliseconds = milliseconds
        self.code = code
        self.message = message
    }

    static let store = LaneTrouble(.store, code: "store_failed", message: "The store could not be read.")

    /// - Returns: nil for an answer that is the line's last.
    init?(_ answer: BatchLineAnswer) {
        let (kind, milliseconds): (Kind, Int64?)
        switch answer.verdict {
        case .final: return nil
        case .later(let wait): (kind, milliseconds) = (.limit, wait)
        case .limited(let wait): (kind, milliseconds) = (.providerLimit, wait)
        case .unserved(let wait): (kind, milliseconds) = (.provider, wait)
        case .failed, .cancelled: (kind, milliseconds) = (.failure, nil)
        }
        let error = (try? JSONValue(parsing: answer.body))?["error"]
        self.init(
            kind, milliseconds: milliseconds,
            code: Self.bounded(error?["code"]?.stringValue ?? "http_\(answer.status)"),
            message: Self.bounded(error?["message"]?.stringValue ?? "answered with status \(answer.status)"))
    }

    private static func bounded(_ text: String) -> String {
        text.utf8.count <= textBytesMax ? text : String(text.prefix(textBytesMax / 4))
    }
}

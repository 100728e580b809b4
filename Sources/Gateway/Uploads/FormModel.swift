import HTTP

/// Reads a form as far as the deployment that it names.
struct FormModel {
    private var parser: FormParser
    private var isModel = false
    private var bytes: [UInt8] = []
    /// nil until the part is known to be whole.
    private(set) var name: String?

    /// A deployment's name, with an environment or a revision.
    static let bytesMax = 512

    init(_ boundary: FormBoundary) { parser = FormParser(boundary) }

    mutating func feed(_ piece: [UInt8]) throws(FormError) {
        var events: [FormEvent] = []
        try parser.feed(piece) { events.append($0) }
        for event in events { try note(event) }
    }

    /// The form is complete.
    mutating func finish() throws(FormError) {
        try parser.finish { _ in }
        try close()
    }

    private mutating func note(_ event: FormEvent) throws(FormError) {
        switch event {
        case .part(let part, _):
            try close()
            isModel = name == nil && part.name == "model"
            guard !isModel || !part.isFile else { throw FormError("model", "model must not be a file") }
        case .content(let content) where isModel:
            guard bytes.count + content.count <= Self.bytesMax else {
                throw FormError("model", "model is longer than \(Self.bytesMax) bytes")
            }
            bytes += content
        case .content: break
        case .end: try close()
        }
    }

    private mutating func close() throws(FormError) {
        guard isModel else { return }
        isModel = false
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else {
            throw FormError("model", "model must be a deployment's name in UTF-8")
        }
        name = text
    }
}

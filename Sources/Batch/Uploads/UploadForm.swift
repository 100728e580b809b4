import HTTP

/// Reads the form of an upload while it comes: the fields, and the file piece by piece. No I/O.
struct UploadForm: Sendable {
    private var parser: FormParser
    private var fields: [String: [UInt8]] = [:]
    private var part: String?
    private var hasFile = false
    /// As the client calls the file.
    private(set) var filename = ""
    /// Of the file, not yet taken.
    private var content: [UInt8] = []

    private static let known = ["purpose", "expires_after[anchor]", "expires_after[seconds]"]
    private static let fieldBytesMax = 256
    private static let filenameBytesMax = 255

    init(_ boundary: FormBoundary) { parser = FormParser(boundary) }

    mutating func feed(_ bytes: [UInt8]) throws(FormError) {
        var events: [FormEvent] = []
        try parser.feed(bytes) { events.append($0) }
        for event in events { try note(event) }
    }

    /// There is no more to come.
    mutating func finish() throws(FormError) {
        try parser.finish { _ in }
        guard hasFile else { throw FormError("file", "the form has no file") }
    }

    /// How much of the file waits to be taken.
    var bytesWaiting: Int { content.count }

    /// Whole pieces of the file; the rest too when `isLast`.
    mutating func takeChunks(isLast: Bool) -> [[UInt8]] {
        let size = FileStore.chunkBytes
        var chunks = stride(from: 0, to: content.count - content.count % size, by: size).map {
            Array(content[$0..<$0 + size])
        }
        content.removeFirst(chunks.count * size)
        if isLast, !content.isEmpty {
            chunks.append(content)
            content = []
        }
        return chunks
    }

    func text(_ name: String) throws(FormError) -> String? {
        guard let bytes = fields[name] else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FormError(name, "\(name) must be UTF-8")
        }
        return text
    }

    private mutating func note(_ event: FormEvent) throws(FormError) {
        switch event {
        case .part(let part, _): try begin(part)
        case .content(let bytes):
            guard let name = part else { return content.append(contentsOf: bytes) }
            guard fields[name, default: []].count + bytes.count <= Self.fieldBytesMax else {
                throw FormError(name, "\(name) is longer than \(Self.fieldBytesMax) bytes")
            }
            fields[name, default: []] += bytes
        case .end: break
        }
    }

    private mutating func begin(_ part: FormPart) throws(FormError) {
        if part.name == "file" {
            guard !hasFile else { throw FormError("file", "the form has two files") }
            guard part.isFile else { throw FormError("file", "file must be a file, with a name") }
            hasFile = true
            self.part = nil
            filename = Self.name(part.fileName ?? "")
            return
        }
        guard Self.known.contains(part.name) else {
            throw FormError(part.name, "\(part.name) is not a known field: it has file, purpose and expires_after")
        }
        guard fields[part.name] == nil, !part.isFile else {
            throw FormError(part.name, "\(part.name) must be one plain field")
        }
        fields[part.name] = []
        self.part = part.name
    }

    /// What stands behind the last separator, as far as it can be shown.
    private static func name(_ text: String) -> String {
        let last = text.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        var name = last.filter { character in
            character.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }
        while name.utf8.count > filenameBytesMax { name.removeLast() }
        return name.isEmpty ? "upload.jsonl" : name
    }
}

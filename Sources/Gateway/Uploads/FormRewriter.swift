import HTTP

/// Makes of a caller's form the one for a variant's provider, while it comes: the model's name is put in its place, the
/// variant's parameters replace the caller's and stand at the end, and nothing else changes by a byte.
struct FormRewriter {
    private enum Fate {
        case pass, replace, drop
    }

    private var parser: FormParser
    private let boundary: [UInt8]
    private let model: [UInt8]
    private let fields: [FormField]
    private let names: Set<Substring>
    private var fate = Fate.drop
    private var hasModel = false
    private var hasWritten = false
    /// By how many bytes what was written is longer than what it was made of.
    private(set) var growth = 0

    init(_ boundary: FormBoundary, model: String, fields: [FormField]) {
        parser = FormParser(boundary)
        self.boundary = boundary.bytes
        self.model = Array(model.utf8)
        self.fields = fields
        names = Set(fields.map { FormField.base(of: $0.name) })
    }

    /// Appends what has become certain.
    mutating func feed(_ piece: [UInt8], into output: inout [UInt8]) throws(FormError) {
        var events: [FormEvent] = []
        try parser.feed(piece) { events.append($0) }
        for event in events { try write(event, to: &output) }
    }

    /// The form is complete.
    mutating func finish(into output: inout [UInt8]) throws(FormError) {
        var events: [FormEvent] = []
        try parser.finish { events.append($0) }
        for event in events { try write(event, to: &output) }
    }

    private mutating func write(_ event: FormEvent, to output: inout [UInt8]) throws(FormError) {
        switch event {
        case .part(let part, let raw):
            try begin(part)
            guard fate != .drop else { return growth -= raw.count }
            // The line end before the first delimiter belonged to a part that was left out.
            let isBare = hasWritten || raw.first != UInt8(ascii: "\r")
            if !isBare { growth -= 2 }
            output += isBare ? raw : raw.dropFirst(2)
            hasWritten = true
            guard fate == .replace else { return }
            output += model
            growth += model.count
        case .content(let bytes):
            if fate == .pass { output += bytes } else { growth -= bytes.count }
        case .end(let raw):
            guard hasModel else { throw FormError("model", "you must provide a model parameter") }
            let before = output.count
            for field in fields { field.append(to: &output, boundary: boundary) }
            growth += output.count - before
            output += raw
        }
    }

    private mutating func begin(_ part: FormPart) throws(FormError) {
        // It says what nobody but the gateway reads, and is read of JSON alone.
        guard part.name != "signalbox" else {
            throw FormError("signalbox", "signalbox has no use in a form")
        }
        guard part.name == "model" else {
            fate = names.contains(FormField.base(of: part.name)) ? .drop : .pass
            return
        }
        guard !hasModel else { throw FormError("model", "model is given twice") }
        guard !part.isFile else { throw FormError("model", "model must not be a file") }
        hasModel = true
        fate = .replace
    }
}

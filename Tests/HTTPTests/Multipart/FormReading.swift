@testable import HTTP

/// What a form parser makes of bytes that come in pieces: comparable, so that every cut can be held against the whole.
struct FormReading: Equatable {
    struct Part: Equatable {
        let name: String
        let isFile: Bool
        var content: [UInt8] = []

        var text: String { String(decoding: content, as: UTF8.self) }
    }

    private(set) var parts: [Part] = []
    /// All bytes of all events.
    private(set) var bytes: [UInt8] = []
    private(set) var error: FormError?
    private(set) var hasEnded = false

    init(_ form: [UInt8], boundary: String = "xYz", cuts: [Int] = [], limits: FormLimits = FormLimits()) {
        do throws(FormError) {
            let type = Array("multipart/form-data; boundary=\(boundary)".utf8)
            var parser = FormParser(try FormBoundary(contentType: type[...]), limits: limits)
            var start = 0
            for end in cuts + [form.count] {
                try parser.feed(Array(form[start..<end])) { note($0) }
                start = end
            }
            try parser.finish { note($0) }
        } catch {
            self.error = error
        }
    }

    private mutating func note(_ event: FormEvent) {
        switch event {
        case .part(let part, let raw):
            parts.append(Part(name: part.name, isFile: part.isFile))
            bytes += raw
        case .content(let content):
            parts[parts.count - 1].content += content
            bytes += content
        case .end(let raw):
            bytes += raw
            hasEnded = true
        }
    }
}

import HTTP
import JSON

/// `POST /v1/audio/transcriptions` and `…/translations`: a text made of the recording's bytes. What `echo` writes down
/// is the form that it received: the fields in their order, and of the file its size and a sum of its bytes.
struct TranscriptionCall: VendorCall {
    static var dialect: any VendorDialect { OpenAIDialect() }

    let model: String
    let isStreamed: Bool
    let contentType: String
    private let format: String
    private let fields: [(name: String, value: [UInt8])]
    private let file: [UInt8]

    private static let types = [
        "json": "application/json", "verbose_json": "application/json", "diarized_json": "application/json",
        "text": "text/plain; charset=utf-8", "srt": "text/plain; charset=utf-8", "vtt": "text/plain; charset=utf-8",
    ]
    private static let bytesPerSecond = 48_000

    init(_ request: Request) throws(VendorError) {
        let fields: [(name: String, value: [UInt8])]
        do throws(FormError) {
            fields = try Self.fields(request)
        } catch {
            throw .invalid("The form cannot be read: \(error.detail).", parameter: error.field)
        }
        func text(_ name: String) -> String? {
            fields.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        guard let model = text("model") else {
            throw .invalid("You must provide a model parameter.", parameter: "model")
        }
        guard let file = fields.first(where: { $0.name == "file" })?.value, !file.isEmpty else {
            throw .invalid("'file' must be a recording.", parameter: "file")
        }
        format = text("response_format") ?? "json"
        guard let type = Self.types[format] else {
            throw .invalid("There is no format '\(format)'.", parameter: "response_format")
        }
        self.model = model
        self.file = file
        self.fields = fields
        contentType = type
        isStreamed = text("stream")?.lowercased() == "true"
    }

    private static func fields(_ request: Request) throws(FormError) -> [(name: String, value: [UInt8])] {
        var fields: [(name: String, value: [UInt8])] = []
        var parser = FormParser(try FormBoundary(contentType: request.head.bytes("content-type")))
        func note(_ event: FormEvent) {
            switch event {
            case .part(let part, _): fields.append((part.name, []))
            case .content(let bytes): fields[fields.count - 1].value += bytes
            case .end: break
            }
        }
        try parser.feed(request.body) { note($0) }
        try parser.finish { note($0) }
        return fields
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let said = said(scenario)
        let seconds = max(1, file.count / Self.bytesPerSecond)
        let end = "00:\(seconds / 600)\(seconds / 60 % 10):\(seconds % 60 / 10)\(seconds % 10)"
        switch format {
        case "text": return Array((said + "\n").utf8)
        case "srt": return Array("1\n00:00:00,000 --> \(end),000\n\(said)\n\n".utf8)
        case "vtt": return Array("WEBVTT\n\n00:00:00.000 --> \(end).000\n\(said)\n\n".utf8)
        case "verbose_json":
            let answer: JSONValue = [
                "task": "transcribe", "language": "english", "duration": .integer(Int64(seconds)),
                "text": .string(said), "segments": [],
                "usage": ["type": "duration", "seconds": .integer(Int64(seconds))],
            ]
            return answer.encoded()
        default: return JSONValue.object(["text": .string(said), "usage": usage(said)]).encoded()
        }
    }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let said = said(scenario)
        var events = ChatAnswer.text(said).tokens.map { token in
            SpeechCall.event([
                "type": "transcript.text.delta", "delta": .string(String(decoding: token, as: UTF8.self)),
            ])
        }
        let paused = min(1, events.count)..<events.count
        events.append(
            SpeechCall.event(["type": "transcript.text.done", "text": .string(said), "usage": usage(said)]))
        return SimulatedStream(events: events, pausedEvents: paused)
    }

    private func said(_ scenario: Scenario) -> String {
        let sum = file.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
        guard model == "echo" else {
            return scenario.answerer.text(after: "recording \(file.count) \(sum)", model: model, body: [])
        }
        let fields = fields.map { name, value -> JSONValue in
            let text = name == "file" ? "\(value.count) bytes, \(sum)" : String(decoding: value, as: UTF8.self)
            return [.string(name), .string(text)]
        }
        return JSONValue.array(fields).text
    }

    private func usage(_ said: String) -> JSONValue {
        let heard = max(1, file.count / 4_800)
        let written = SurfaceBody.tokens(in: [said])
        return [
            "type": "tokens", "input_tokens": .integer(Int64(heard)), "output_tokens": .integer(Int64(written)),
            "total_tokens": .integer(Int64(heard + written)),
            "input_token_details": ["audio_tokens": .integer(Int64(heard)), "text_tokens": 0],
        ]
    }
}

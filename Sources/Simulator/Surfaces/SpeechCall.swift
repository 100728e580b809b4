import JSON

/// `POST /v1/audio/speech`: a tone for each letter, as long as the text. In a WAV it can be heard; what is said to be
/// another format is the same bytes without a head.
struct SpeechCall: SurfaceCall {
    let model: String
    let isStreamed: Bool
    let contentType: String
    private let format: String
    private let input: String
    private let body: [UInt8]

    private static let types = [
        "mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav",
        "pcm": "audio/pcm",
    ]
    private static let lettersMax = 4_096
    private static let samplesPerSecond = 24_000
    /// 16 bits each, mono.
    private static let samplesPerLetter = 480
    private static let bytesPerEvent = 6_000

    init(_ body: [UInt8]) throws(VendorError) {
        let read = try SurfaceBody(body)
        model = read.model
        guard let input = read.members["input"]?.stringValue, (1...Self.lettersMax).contains(input.utf8.count) else {
            throw .invalid("'input' must be a text of at most \(Self.lettersMax) bytes.", parameter: "input")
        }
        guard read.members["voice"]?.isNull == false else { throw .invalid("'voice' is missing.", parameter: "voice") }
        format = read.members["response_format"]?.stringValue ?? "mp3"
        guard let type = Self.types[format] else {
            throw .invalid("There is no format '\(format)'.", parameter: "response_format")
        }
        contentType = type
        isStreamed = read.members["stream_format"]?.stringValue == "sse"
        self.input = input
        self.body = body
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        // What the echo says is the body that it received.
        if model == "echo" { return body }
        let sound = samples(scenario)
        return format == "wav" ? Self.head(sound.count) + sound : sound
    }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let sound = plain(scenario, number)
        var events = stride(from: 0, to: sound.count, by: Self.bytesPerEvent).map { start in
            let piece = Base64Text.of(sound[start..<min(sound.count, start + Self.bytesPerEvent)])
            return Self.event(["type": "speech.audio.delta", "audio": .string(piece)])
        }
        let paused = min(1, events.count)..<events.count
        let (spoken, tones) = (SurfaceBody.tokens(in: [input]), input.utf8.count)
        events.append(
            Self.event([
                "type": "speech.audio.done",
                "usage": [
                    "input_tokens": .integer(Int64(spoken)), "output_tokens": .integer(Int64(tones)),
                    "total_tokens": .integer(Int64(spoken + tones)),
                ],
            ]))
        return SimulatedStream(events: events, pausedEvents: paused)
    }

    static func event(_ value: JSONValue) -> [UInt8] {
        Array("data: ".utf8) + value.encoded() + Array("\n\n".utf8)
    }

    /// A square wave, its pitch by the letter.
    private func samples(_ scenario: Scenario) -> [UInt8] {
        let seed = SeededHash(scenario.settings.seed).mixing(model.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.utf8.count * Self.samplesPerLetter * 2)
        for letter in input.utf8 {
            let half = 20 + Int(seed.mixing(UInt64(letter)).value % 60)
            for sample in 0..<Self.samplesPerLetter {
                bytes += (sample / half).isMultiple(of: 2) ? [0x00, 0x20] : [0x00, 0xE0]
            }
        }
        return bytes
    }

    /// The head of a WAV file (Multimedia Programming Interface and Data Specifications 1.0, 1991).
    private static func head(_ count: Int) -> [UInt8] {
        func number(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xFF) } }
        var head = Array("RIFF".utf8) + number(36 + count, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
        // PCM, one channel, bytes a second, bytes a sample, bits a sample.
        head += number(1, 2) + number(1, 2) + number(samplesPerSecond, 4) + number(2 * samplesPerSecond, 4)
        head += number(2, 2) + number(16, 2)
        return head + Array("data".utf8) + number(count, 4)
    }
}

import HTTP
import JSON

/// `POST …/models/{model}:{operation}`.
struct GeminiCall: VendorCall {
    static var dialect: any VendorDialect { GeminiDialect() }

    private enum Operation {
        case content(GeminiContentCall)
        case embedding(GeminiEmbeddingCall)
    }

    let model: String
    let isStreamed: Bool
    private let operation: Operation

    init(_ request: Request) throws(VendorError) {
        let name = request.parameters["call"] ?? ""
        guard let colon = name.lastIndex(of: ":") else { throw Self.unknown(name) }
        model = String(name[..<colon])
        let body: JSONValue
        do throws(JSONError) {
            body = try JSONValue(parsing: request.body)
        } catch {
            throw .invalid("Invalid JSON payload received. \(error)")
        }
        guard body.objectValue != nil else { throw .invalid("Invalid JSON payload received. No object.") }
        switch name[name.index(after: colon)...] {
        case "generateContent":
            isStreamed = false
            operation = .content(try GeminiContentCall(model, body, request.body))
        case "streamGenerateContent":
            // Without it the answer is a JSON array that grows, which nobody reads any more.
            guard request.head.query == "alt=sse" else {
                throw .invalid("Only alt=sse is simulated.")
            }
            isStreamed = true
            operation = .content(try GeminiContentCall(model, body, request.body))
        case "embedContent", "batchEmbedContents", "predict":
            isStreamed = false
            operation = .embedding(try GeminiEmbeddingCall(model, body))
        default: throw Self.unknown(name)
        }
    }

    private static func unknown(_ name: String) -> VendorError {
        VendorError(status: 404, message: "There is no method of that name: \(name)")
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        switch operation {
        case .content(let call): call.plain(scenario, number)
        case .embedding(let call): call.plain(scenario)
        }
    }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        switch operation {
        case .content(let call): call.stream(scenario, number)
        case .embedding: SimulatedStream(events: [], pausedEvents: 0..<0)
        }
    }
}

import JSON

/// The content of an answer, before it is put into the wire format.
enum SimulatedAnswer {
    case text(String)
    case toolCall(name: String, arguments: String)

    init(_ request: SimulatedRequest, _ settings: SimulatorSettings) {
        if let tool = request.tool {
            self = .toolCall(name: tool, arguments: #"{"city":"Paris"}"#)
        } else if request.model == "echo" {
            self = .text(String(decoding: request.bytes, as: UTF8.self))
        } else if let format = request.responseFormat, let type = format["type"]?.stringValue, type != "text" {
            self = .text(Self.conforming(to: format["json_schema"]?["schema"] ?? [:]).text)
        } else {
            self = .text(Self.sentence(request, settings))
        }
    }

    private static func sentence(_ request: SimulatedRequest, _ settings: SimulatorSettings) -> String {
        let dice = SimulatorDice(seed: settings.seed)
        if let right = QuestionSet.answer(to: request.question) {
            let accuracy = settings.accuracyByModel[request.model] ?? settings.accuracy
            let isRight = dice.share("accuracy", request.model, request.question) < accuracy
            return String(isRight ? right : right + 1)
        }
        let words = ["the", "parcel", "left", "our", "house", "today", "and", "is", "on", "its", "way", "to", "you"]
        let start = Int(dice.share("words", request.question) * Double(words.count))
        return (0..<max(1, settings.answerTokens)).map { words[(start + $0) % words.count] }.joined(separator: " ")
    }

    /// The least value that a schema of the usual keywords lets through.
    private static func conforming(to schema: JSONValue) -> JSONValue {
        if let first = schema["enum"]?[0] { return first }
        if let constant = schema["const"] { return constant }
        let type = schema["type"]?.stringValue ?? schema["type"]?[0]?.stringValue ?? "object"
        switch type {
        case "string": return "text"
        case "integer", "number": return 1
        case "boolean": return true
        case "null": return .null
        case "array": return .array(schema["items"].map { [conforming(to: $0)] } ?? [])
        default:
            var object = JSONObject()
            for (name, member) in schema["properties"]?.objectValue ?? [:] { object[name] = conforming(to: member) }
            return .object(object)
        }
    }
}

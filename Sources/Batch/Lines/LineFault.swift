import JSON

/// What is wrong with a batch's file, as `errors.data` shows it.
struct LineFault: Error, Sendable, Equatable {
    let code: String
    let message: String
    let param: String?
    /// From 1; nil where it is the whole file.
    let line: Int?

    init(_ code: String, _ message: String, param: String? = nil, line: Int? = nil) {
        self.code = code
        self.message = message
        self.param = param
        self.line = line
    }

    var json: JSONValue {
        [
            "code": .string(code), "message": .string(message), "param": param.map(JSONValue.string) ?? .null,
            "line": line.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}

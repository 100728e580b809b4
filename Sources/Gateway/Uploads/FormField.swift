import JSON

/// A parameter of a variant as a field of a form.
struct FormField: Sendable, Equatable {
    let name: String
    let value: [UInt8]

    /// The name without what OpenAI's SDKs put behind it for lists and objects: `timestamp_granularities[]`.
    static func base(of name: String) -> Substring { name.prefix { $0 != "[" } }

    /// - Parameter parameters: with values in JSON.
    static func all(_ parameters: [(key: String, value: [UInt8])]) -> [FormField] {
        var fields: [FormField] = []
        for (key, value) in parameters {
            guard let value = try? JSONValue(parsing: value) else { continue }
            add(key, value, to: &fields)
        }
        return fields
    }

    /// As OpenAI's SDKs write a form: lists as repeated fields, objects by the names of their members.
    private static func add(_ name: String, _ value: JSONValue, to fields: inout [FormField]) {
        switch value {
        case .array(let items): for item in items { add(name + "[]", item, to: &fields) }
        case .object(let members): for (key, item) in members { add("\(name)[\(key)]", item, to: &fields) }
        case .string(let text): fields.append(FormField(name: name, value: Array(text.utf8)))
        case .null: break
        default: fields.append(FormField(name: name, value: value.encoded()))
        }
    }

    /// As a part that stands before the closing delimiter. Quotes and line ends are written as browsers do.
    func append(to output: inout [UInt8], boundary: [UInt8]) {
        let quoted = name.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        output += "\r\n--".utf8
        output += boundary
        output += "\r\nContent-Disposition: form-data; name=\"\(quoted)\"\r\n\r\n".utf8
        output += value
    }
}

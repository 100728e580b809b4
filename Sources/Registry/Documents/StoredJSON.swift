import JSON
import SQL

/// JSON as it stands in a TEXT column. It was written by us, so a fault means that the file was changed by hand.
extension Row {
    func json(_ index: Int) throws -> JSONValue {
        try JSONValue(parsing: try text(index))
    }

    func jsonOrNull(_ index: Int) throws -> JSONValue? {
        try textOrNull(index).map { text in try JSONValue(parsing: text) }
    }
}

extension SQLValue {
    init(_ json: JSONValue) {
        self = .text(json.text)
    }

    init(_ object: JSONObject) {
        self = .text(JSONValue.object(object).text)
    }
}

extension JSONObject {
    /// Sets the member only when there is a value: a field that was not given is not in the document.
    mutating func setIfPresent(_ key: String, _ value: JSONValue?) {
        if let value { self[key] = value }
    }
}

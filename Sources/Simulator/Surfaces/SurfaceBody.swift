import JSON

/// A body that is read as a tree: for surfaces whose requests are few and small.
struct SurfaceBody {
    let members: JSONObject
    let model: String

    /// Throws what the vendor would answer to a body that cannot be read.
    init(_ body: [UInt8]) throws(VendorError) {
        guard let members = (try? JSONValue(parsing: body))?.objectValue else {
            throw .invalid("The body is not a JSON object that can be read.")
        }
        guard let model = members["model"]?.stringValue else {
            throw .invalid("You must provide a model parameter, a string.", parameter: "model")
        }
        self.members = members
        self.model = model
    }

    /// A text or a list of texts; tokens stand for themselves, and parts for the text in them.
    func texts(_ name: String) throws(VendorError) -> [String] {
        switch members[name] {
        case .string(let text)?: return [text]
        case .array(let items)? where !items.isEmpty:
            // A list of numbers is one text in tokens.
            if items.allSatisfy({ $0.intValue != nil }) { return [JSONValue.array(items).text] }
            return items.map { $0.stringValue ?? $0["text"]?.stringValue ?? $0.text }
        default: throw .invalid("'\(name)' must be a text or a list with one at least.", parameter: name)
        }
    }

    func flag(_ name: String) throws(VendorError) -> Bool {
        guard let value = members[name], !value.isNull else { return false }
        guard let flag = value.boolValue else { throw .invalid("'\(name)' must be true or false.", parameter: name) }
        return flag
    }

    /// - Returns: nil when it is not there.
    func count(_ name: String, _ range: ClosedRange<Int>) throws(VendorError) -> Int? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let count = value.intValue, range.contains(count) else {
            throw .invalid("'\(name)' must be from \(range.lowerBound) to \(range.upperBound).", parameter: name)
        }
        return count
    }

    /// About four bytes each, as everywhere here.
    static func tokens(in texts: [String]) -> Int { max(1, texts.reduce(0) { $0 + $1.utf8.count } / 4) }
}

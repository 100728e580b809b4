@testable import JSON

/// Bodies in JSON, read by every reader there is: none may take what another refuses.
enum JSONFuzz {
    /// Readers agree on what is JSON and how deep; what is written reads as what it was; a scan finds what the tree
    /// holds, and a splice changes that and nothing else.
    static func violation(_ input: [UInt8]) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        guard (try? JSONValue(parsing: JSONText.escaped(text))) == .string(text) else { return "escaping" }
        let fault =
            disagreement(on: input, depth: 512) ?? disagreement(on: input, depth: 3) ?? scanFault(input)
            ?? pathFault(input) ?? canonicalFault(input)
        if let fault { return fault }
        guard let value = tree(input) else { return nil }
        return encodingFault(value) ?? spliceFault(input, value)
    }

    private static func tree(_ bytes: [UInt8], _ duplicates: JSONDuplicateKeys = .lastWins) -> JSONValue? {
        try? JSONValue(parsing: bytes, depthMax: 512, duplicateKeys: duplicates)
    }

    private static func disagreement(on bytes: [UInt8], depth: Int) -> String? {
        var syntax: JSONError?
        do throws(JSONError) { try JSONSyntax.validate(bytes, depthMax: depth) } catch { syntax = error }
        do throws(JSONError) {
            let value = try JSONValue(parsing: bytes, depthMax: depth, duplicateKeys: .lastWins)
            guard syntax == nil else { return "the validator alone refuses: \(syntax?.description ?? "")" }
            if let strict = try? JSONValue(parsing: bytes, depthMax: depth), strict != value { return "duplicates" }
        } catch {
            // Well-formed as far as it was read, but no value: what follows the number stays unread.
            guard !error.reason.hasPrefix("the number is too large") else { return nil }
            guard let syntax else { return "the tree alone refuses: \(error)" }
            guard syntax == error else { return "the validator says \(syntax), the tree \(error)" }
        }
        return nil
    }

    private static func encodingFault(_ value: JSONValue) -> String? {
        let compact = value.encoded()
        for bytes in [compact, value.encoded(sortedKeys: true), value.encoded(sortedKeys: true, pretty: true)] {
            guard (try? JSONSyntax.validate(bytes)) != nil else { return "what was written is not JSON" }
            guard let again = tree(bytes, .refused), again == value, again.hashValue == value.hashValue else {
                return "\(value.text) is read otherwise than it was written"
            }
        }
        return tree(compact)?.encoded() == compact ? nil : "written twice, differently"
    }

    /// What is JSON has a canonical form, which is its own; however its own members are ordered, it is the same.
    private static func canonicalFault(_ bytes: [UInt8]) -> String? {
        let isValid = (try? JSONSyntax.validate(bytes)) != nil
        guard let form = canonical(bytes) else {
            guard isValid, bytes.first(where: { !$0.isJSONWhitespace }) == .openBrace else { return nil }
            return bytes.count > CanonicalText.membersMax ? nil : "an object without a canonical form"
        }
        guard isValid else { return "a canonical form of what the validator refuses" }
        guard (try? JSONSyntax.validate(form)) != nil else { return "a canonical form that is not JSON" }
        guard canonical(form) == form else { return "a canonical form that has another" }
        guard let object = tree(bytes, .refused)?.objectValue else { return nil }
        let reversed = JSONObject(object.map { (key: $0.key, value: $0.value) }.reversed())
        return canonical(JSONValue.object(object).encoded()) == canonical(JSONValue.object(reversed).encoded())
            ? nil : "the order counts"
    }

    private static func canonical(_ bytes: [UInt8]) -> [UInt8]? {
        var form: [UInt8] = []
        return (try? CanonicalText.append(bytes, to: &form)) == nil ? nil : form
    }

    // MARK: Fields in place

    private static let wanted: [StaticString] = ["model", "a", "messages"]

    private static func scanFault(_ bytes: [UInt8]) -> String? {
        let isValid = (try? JSONSyntax.validate(bytes)) != nil
        let scan: FieldScan
        do throws(JSONError) { scan = try FieldScan(bytes, wanted: wanted) } catch {
            guard isValid, bytes.first(where: { !$0.isJSONWhitespace }) == .openBrace else { return nil }
            return error.reason.hasSuffix("occurs twice") ? nil : "the scan alone refuses: \(error)"
        }
        guard isValid else { return "the scan takes what the validator refuses" }
        guard let object = tree(bytes)?.objectValue else { return nil }
        guard scan.memberCount >= object.count else { return "members got lost" }
        for (index, key) in wanted.enumerated() {
            guard let field = scan[index] else {
                if object["\(key)"] != nil { return "\(key) is not found" }
                continue
            }
            let value = try? field.value(in: bytes, duplicateKeys: .lastWins)
            guard let held = object["\(key)"], value == held else { return "\(key)" }
            if let fault = valueFault(scan, field, bytes, held) { return "\(key): \(fault)" }
        }
        return nil
    }

    private static func valueFault(
        _ scan: FieldScan, _ field: FieldScan.Field, _ bytes: [UInt8], _ held: JSONValue
    ) -> String? {
        if let text = held.stringValue, field.string(in: bytes) != text { return "another string" }
        if case .integer(let number) = held, field.integer(in: bytes) != number { return "another integer" }
        guard let values = held.arrayValue else { return nil }
        guard let elements = try? FieldScan.elements(of: field, in: bytes), elements.count == values.count else {
            return "another number of elements"
        }
        guard (try? FieldScan.firstElement(of: field, in: bytes)) == elements.first else { return "the first element" }
        for (element, value) in zip(elements, values) {
            let read = try? element.value(in: bytes, duplicateKeys: .lastWins)
            guard read == value else { return "another element" }
        }
        return nil
    }

    private static let paths: [[StaticString]] = [
        ["model"], ["messages"], ["messages", "0", "role"], ["messages", "0", "content"], ["a", "model"],
        ["a", "messages", "0"],
    ]
    private static let plan = PathPlan(paths)

    /// A scan along paths finds what a walk through the tree does, where the last of two equal keys holds.
    private static func pathFault(_ bytes: [UInt8]) -> String? {
        let isValid = (try? JSONSyntax.validate(bytes)) != nil
        let isObject = bytes.first { !$0.isJSONWhitespace } == .openBrace
        let scan: PathScan
        do throws(JSONError) { scan = try PathScan(bytes, plan) } catch {
            return isValid && isObject ? "the path scan alone refuses: \(error)" : nil
        }
        guard isValid else { return "the path scan takes what the validator refuses" }
        guard let root = tree(bytes) else { return nil }
        for (number, path) in paths.enumerated() {
            var held: JSONValue? = root
            for step in path {
                held = "\(step)" == "0" ? held?.arrayValue?.first : held?.objectValue?["\(step)"]
            }
            let found = scan[number].flatMap { try? $0.value(in: bytes, duplicateKeys: .lastWins) }
            guard found == held else { return "path \(path)" }
        }
        return nil
    }

    private static func spliceFault(_ bytes: [UInt8], _ value: JSONValue) -> String? {
        guard tree(bytes, .refused) != nil, var expected = value.objectValue,
            let scan = try? FieldScan(bytes, wanted: wanted), expected["new key"] == nil
        else { return nil }
        var splice = FieldSplice(bytes, scan)
        guard splice.spliced() == bytes else { return "an empty splice changes something" }
        if let field = scan["model"] {
            splice.replace(field, with: Array("{\"x\":1}".utf8))
            expected["model"] = ["x": 1]
        }
        for key in wanted.dropFirst() {
            guard let field = scan[key] else { continue }
            splice.remove(field)
            expected["\(key)"] = nil
        }
        splice.insert(key: "new key", value: Array("[]".utf8))
        expected["new key"] = []
        let spliced = splice.spliced()
        return tree(spliced, .refused) == .object(expected) ? nil : "spliced into \(spliced)"
    }
}

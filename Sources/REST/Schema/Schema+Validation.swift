import Domain
package import JSON

package extension Schema {
    /// Every violated rule in `value`; empty when it conforms.
    func violations(in value: JSONValue) -> [FieldError] {
        var errors = [FieldError]()
        validate(value, at: "", into: &errors)
        return errors
    }
}

extension Schema {
    /// As many as a person reads; a hostile body cannot make the answer larger than that.
    private static let errorsMax = 100

    func validate(_ value: JSONValue, at pointer: String, into errors: inout [FieldError]) {
        guard errors.count < Self.errorsMax else { return }
        switch self {
        case .string(let min, let max, _):
            guard let text = value.stringValue else { return errors.append(.init(pointer, "must be a string")) }
            if text.utf8.count > max { errors.append(.init(pointer, "must be at most \(max) bytes long")) }
            if text.utf8.count < min {
                errors.append(.init(pointer, min == 1 ? "must not be empty" : "must be at least \(min) bytes long"))
            }
        case .text(_, let rule, let check):
            guard let text = value.stringValue else { return errors.append(.init(pointer, "must be a string")) }
            if !check(text) { errors.append(.init(pointer, rule)) }
        case .enumeration(let values):
            guard let text = value.stringValue, values.contains(text) else {
                return errors.append(.init(pointer, "must be one of \(values.joined(separator: ", "))"))
            }
        case .integer(let range):
            guard let number = value.intValue, range.contains(number) else {
                return errors.append(.init(pointer, "must be an integer \(Self.text(range))"))
            }
        case .number(let range):
            guard let number = value.doubleValue, range.contains(number) else {
                return errors.append(.init(pointer, "must be a number \(Self.text(range))"))
            }
        case .boolean:
            if value.boolValue == nil { errors.append(.init(pointer, "must be true or false")) }
        case .any, .foreign: break
        case .nullable(let schema):
            if !value.isNull { schema.validate(value, at: pointer, into: &errors) }
        case .array(let element, let min, let max):
            validateArray(value, element, min...max, at: pointer, into: &errors)
        case .map(let element, let keys, let max):
            validateMap(value, element, keys, max: max, at: pointer, into: &errors)
        case .object(let properties):
            validateObject(value, properties, at: pointer, into: &errors)
        case .checked(let schema, let rules):
            schema.validate(value, at: pointer, into: &errors)
            for violation in rules(value).prefix(Self.errorsMax) {
                errors.append(.init(pointer + violation.pointer, violation.detail))
            }
        case .tagged(let tag, let cases):
            validateTagged(value, tag, cases, at: pointer, into: &errors)
        case .oneOf(let schemas, let description):
            if !schemas.contains(where: { $0.violations(in: value).isEmpty }) {
                errors.append(.init(pointer, "must be \(description)"))
            }
        }
    }

    private func validateArray(
        _ value: JSONValue, _ element: Schema, _ count: ClosedRange<Int>, at pointer: String,
        into errors: inout [FieldError]
    ) {
        guard let items = value.arrayValue else { return errors.append(.init(pointer, "must be an array")) }
        guard count.contains(items.count) else {
            return errors.append(.init(pointer, "must have \(count.lowerBound) to \(count.upperBound) items"))
        }
        for (index, item) in items.enumerated() {
            element.validate(item, at: "\(pointer)/\(index)", into: &errors)
        }
    }

    private func validateMap(
        _ value: JSONValue, _ element: Schema, _ keys: (String) -> String?, max: Int, at pointer: String,
        into errors: inout [FieldError]
    ) {
        guard let object = value.objectValue else { return errors.append(.init(pointer, "must be an object")) }
        if object.count > max { errors.append(.init(pointer, "must have at most \(max) members")) }
        for (key, item) in object {
            let place = "\(pointer)/\(JSONPointer.escaped(key))"
            if key.isEmpty || key.utf8.count > 128 {
                errors.append(.init(place, "must have a name of 1 to 128 bytes"))
            } else if let fault = keys(key) {
                errors.append(.init(place, fault))
            }
            element.validate(item, at: place, into: &errors)
        }
    }

    private func validateObject(
        _ value: JSONValue, _ properties: [Property], at pointer: String, into errors: inout [FieldError]
    ) {
        guard let object = value.objectValue else { return errors.append(.init(pointer, "must be an object")) }
        for (key, _) in object where !properties.contains(where: { $0.name == key }) {
            let known = NearestName.of(key, among: properties.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            errors.append(.init("\(pointer)/\(JSONPointer.escaped(key))", "is not a known field\(known)"))
        }
        for property in properties {
            if let member = object[property.name] {
                property.schema.validate(member, at: "\(pointer)/\(property.name)", into: &errors)
            } else if property.isRequired {
                errors.append(.init("\(pointer)/\(property.name)", "is required"))
            }
        }
    }

    private func validateTagged(
        _ value: JSONValue, _ tag: String, _ cases: [(value: String, schema: Schema)], at pointer: String,
        into errors: inout [FieldError]
    ) {
        guard let object = value.objectValue else { return errors.append(.init(pointer, "must be an object")) }
        guard let found = object[tag]?.stringValue, let match = cases.first(where: { $0.value == found }) else {
            let known = cases.map(\.value).joined(separator: ", ")
            return errors.append(.init("\(pointer)/\(tag)", "must be one of \(known)"))
        }
        match.schema.validate(value, at: pointer, into: &errors)
    }

    private static func text(_ range: ClosedRange<Int>) -> String {
        range.upperBound == Int.max ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func text(_ range: ClosedRange<Double>) -> String {
        let low = JSONValue.number(range.lowerBound).text
        return range.upperBound >= .greatestFiniteMagnitude
            ? "from \(low)" : "from \(low) to \(JSONValue.number(range.upperBound).text)"
    }
}

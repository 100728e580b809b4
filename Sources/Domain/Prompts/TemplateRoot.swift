import JSON
import Mustache

/// The outermost context of a rendering. It remembers the names that were asked for and not given. Used on one thread,
/// for one rendering.
final class TemplateRoot: MustacheParent {
    private let values: JSONObject
    private(set) var missed: [String] = []

    init(_ values: JSONObject) {
        self.values = values
    }

    func child(named name: String) -> Any? {
        guard let value = values[name] else {
            if !missed.contains(name) { missed.append(name) }
            return nil
        }
        return Self.renderable(value)
    }

    static func renderable(_ value: JSONValue) -> Any {
        switch value {
        case .null: TemplateNull()
        case .bool(let flag): flag
        case .string(let text): text
        case .integer(let number): number
        case .number: value.text
        case .array(let items): items.map(renderable)
        case .object(let object): TemplateObject(object)
        }
    }
}

/// JSON null: there, but empty and falsy.
private struct TemplateNull: MustacheCustomRenderable {
    var renderText: String { "" }
    var isNull: Bool { true }
}

/// A JSON object: its members are looked up by name; on its own it is written as JSON.
private struct TemplateObject: MustacheParent, MustacheCustomRenderable {
    let object: JSONObject

    init(_ object: JSONObject) {
        self.object = object
    }

    func child(named name: String) -> Any? {
        object[name].map(TemplateRoot.renderable)
    }

    var renderText: String { JSONValue.object(object).text }
    var isNull: Bool { false }
}

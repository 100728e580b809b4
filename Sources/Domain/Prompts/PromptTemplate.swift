package import JSON
import Mustache

/// A Mustache template with escaping off: `{{name}}` gives the value as it is, since the reader is a model, not a
/// browser. Partials, inheritance and pragmas are refused when a version is written: nothing outside of the version may
/// change what it says.
package struct PromptTemplate: Sendable {
    package struct Invalid: Error, Equatable {
        package let reason: String
    }

    package let text: String
    /// The variables of the tags, in order of first use, without those that are looked up inside of a section.
    package let variables: [String]
    private let compiled: MustacheTemplate?
    private let required: [[String]]
    private let optionalNames: Set<String>

    /// - Throws: `Invalid` with what a person has to mend.
    package init(_ text: String) throws(Invalid) {
        let tags = TemplateTag.scan(text)
        for tag in tags {
            switch tag.kind {
            case .partial: throw Invalid(reason: "partials ({{>\(tag.name)}}) are not supported in a prompt")
            case .inheritance: throw Invalid(reason: "template inheritance ({{<\(tag.name)}}) is not supported")
            case .pragma: throw Invalid(reason: "pragmas ({{%\(tag.name)}}) are not supported in a prompt")
            case .variable, .section, .sectionEnd, .comment: continue
            }
        }
        self.text = text
        var seen = Set<String>()
        let named = tags.filter { $0.kind == .variable && $0.depth == 0 && $0.name != "." }.map(\.name)
        variables = named.filter { seen.insert($0).inserted }
        required = variables.map { $0.split(separator: ".").map(String.init) }
        optionalNames = Set(tags.filter { $0.kind == .section }.map { Self.root(of: $0.name) })
        if tags.isEmpty, !text.contains("{{") {
            compiled = nil
            return
        }
        do {
            // The pragma stands on a line of its own, which Mustache drops whole: the text that follows is untouched.
            compiled = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n" + text)
        } catch {
            throw Invalid(reason: "not a valid Mustache template: \(Self.describe(error))")
        }
    }

    /// Whether every rendering gives the text itself.
    package var isConstant: Bool {
        compiled == nil
    }

    /// - Returns: the text; `missing` collects the names that the template asked for and `values` did not have.
    package func render(_ values: JSONObject, missing: inout [String]) -> String {
        guard let compiled else { return text }
        for path in required where !Self.resolves(path, in: values) {
            let name = path.joined(separator: ".")
            if !missing.contains(name) { missing.append(name) }
        }
        let root = TemplateRoot(values)
        let rendered = compiled.render(root)
        for name in root.missed where !optionalNames.contains(name) && !missing.contains(name) {
            missing.append(name)
        }
        return rendered
    }

    private static func resolves(_ path: [String], in values: JSONObject) -> Bool {
        var current = JSONValue.object(values)
        for name in path {
            guard let next = current[name] else { return false }
            current = next
        }
        return true
    }

    private static func root(of name: String) -> String {
        String(name.prefix { $0 != "." })
    }

    private static func describe(_ error: any Error) -> String {
        guard let located = error as? MustacheTemplate.ParserError else { return "\(error)" }
        // One line less: ours stands before the author's first.
        return
            "\(located.error) at line \(max(1, located.context.lineNumber - 1)), column \(located.context.columnNumber)"
    }
}

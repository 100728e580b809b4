/// What the braces of a route's template matched, percent-decoded once.
package struct PathParameters: Sendable, ExpressibleByDictionaryLiteral {
    private var entries: [(name: String, value: String)]

    package init() { entries = [] }

    package init(_ entries: [(String, String)]) { self.entries = entries.map { (name: $0.0, value: $0.1) } }

    package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// The parameter's value; nil when the route's template has none of that name.
    package subscript(name: String) -> String? {
        for entry in entries where entry.name == name { return entry.value }
        return nil
    }

    /// In the order of the template.
    package var all: [(name: String, value: String)] { entries }
}

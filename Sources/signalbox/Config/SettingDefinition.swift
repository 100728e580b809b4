/// One setting: where it stands in the file, which variable overrides it, and what it may be.
struct SettingDefinition: Sendable {
    enum Kind: Sendable {
        case text
        case integer(ClosedRange<Int>)
        case choice([String])

        /// What is expected, for the error of a wrong value.
        var expectation: String {
            switch self {
            case .text: "text"
            case .integer(let range):
                range.upperBound == .max
                    ? "a whole number from \(range.lowerBound)"
                    : "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .choice(let values): "one of " + values.joined(separator: ", ")
            }
        }

        func accepts(_ text: String) -> Bool {
            switch self {
            case .text: !text.isEmpty
            case .integer(let range): Int(text).map(range.contains) ?? false
            case .choice(let values): values.contains(text)
            }
        }
    }

    /// `section.name`.
    let path: String
    let kind: Kind
    let standard: String
    let isReloadable: Bool
    /// `SIGNALBOX_LISTEN` for the few that scripts rely on, else `SIGNALBOX_SECTION_NAME`.
    let variable: String

    init(_ path: String, _ kind: Kind, _ standard: String, variable: String? = nil, reloadable: Bool = false) {
        self.path = path
        self.kind = kind
        self.standard = standard
        self.variable =
            variable ?? "SIGNALBOX_" + path.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
        isReloadable = reloadable
    }
}

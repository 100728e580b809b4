/// A set of characters as a pattern writes it.
struct CharacterClass: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    /// General categories whose scalars are in the set: two letters, or the one letter of a group of them.
    var categories: [String] = []
    /// Sets written inside this one, such as `\D` in `[\Da]`.
    var members: [CharacterClass] = []
    var negated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        (ranges.contains { $0.contains(scalar.value) }
            || categories.contains { scalar.properties.generalCategory.abbreviation.hasPrefix($0) }
            || members.contains { $0.contains(scalar) }) != negated
    }

    static func single(_ scalar: Unicode.Scalar) -> CharacterClass {
        CharacterClass(ranges: [scalar.value...scalar.value])
    }

    /// ECMA-262 `.`: anything but a line terminator.
    static let any = CharacterClass(ranges: [0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029], negated: true)
    /// ECMA-262 `\d` and `\w` are ASCII; `\s` is Unicode white space, line terminators and the byte order mark.
    static let digit = CharacterClass(ranges: [0x30...0x39])
    static let word = CharacterClass(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = CharacterClass(
        ranges: [
            0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
            0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
        ])

    var inverted: CharacterClass {
        var other = self
        other.negated.toggle()
        return other
    }

    /// The set of `\p{name}`; nil for a name that is no general category.
    static func property(_ name: String) -> CharacterClass? {
        let parts = name.split(separator: "=", omittingEmptySubsequences: false)
        let label = parts.count == 2 && (parts[0] == "General_Category" || parts[0] == "gc") ? String(parts[1]) : name
        switch label {
        case "Any": return CharacterClass(negated: true)
        case "ASCII": return CharacterClass(ranges: [0...0x7F])
        default: break
        }
        guard let short = longNames[label] ?? (shortNames.contains(label) ? label : nil) else { return nil }
        return CharacterClass(categories: [short])
    }

    private static let shortNames = Set(longNames.values)

    private static let longNames = [
        "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt",
        "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc",
        "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd", "Letter_Number": "Nl",
        "Other_Number": "No", "Punctuation": "P", "punct": "P", "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd",
        "Open_Punctuation": "Ps", "Close_Punctuation": "Pe", "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf",
        "Other_Punctuation": "Po", "Symbol": "S", "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk",
        "Other_Symbol": "So", "Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl",
        "Paragraph_Separator": "Zp", "Other": "C", "Control": "Cc", "Format": "Cf", "Surrogate": "Cs",
        "Private_Use": "Co", "Unassigned": "Cn",
    ]
}

extension Unicode.GeneralCategory {
    /// The two letters of Unicode's own tables.
    fileprivate var abbreviation: String {
        switch self {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}

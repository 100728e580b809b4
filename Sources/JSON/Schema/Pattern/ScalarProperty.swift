/// A Unicode property that `\p{…}` can name (ECMA-262 section 22.2.2.9): general categories, and the binary properties
/// that the standard library knows.
enum ScalarProperty: Sendable, Hashable {
    /// Bits by the order of `ScalarProperty.categories`.
    case categories(UInt32)
    case alphabetic, lowercase, uppercase, whiteSpace, ideographic, emoji, emojiPresentation, math, dash, diacritic
    case identifierStart, identifierContinue, hexadecimalDigit, ascii, any, assigned

    /// - Parameter name: what stands between the braces.
    init?(named name: String) {
        var value = name[...]
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) { value = name.dropFirst(prefix.count) }
        if let mask = Self.mask(of: String(value)) {
            self = .categories(mask)
        } else if let property = Self.binary[name] {
            self = property
        } else {
            return nil
        }
    }

    func holds(for scalar: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(scalar) else { return self == .any }
        let properties = scalar.properties
        switch self {
        case .categories(let mask): return mask & Self.bit(of: properties.generalCategory) != 0
        case .alphabetic: return properties.isAlphabetic
        case .lowercase: return properties.isLowercase
        case .uppercase: return properties.isUppercase
        case .whiteSpace: return properties.isWhitespace
        case .ideographic: return properties.isIdeographic
        case .emoji: return properties.isEmoji
        case .emojiPresentation: return properties.isEmojiPresentation
        case .math: return properties.isMath
        case .dash: return properties.isDash
        case .diacritic: return properties.isDiacritic
        case .identifierStart: return properties.isIDStart
        case .identifierContinue: return properties.isIDContinue
        case .hexadecimalDigit: return properties.isHexDigit
        case .ascii: return scalar.isASCII
        case .any: return true
        case .assigned: return properties.generalCategory != .unassigned
        }
    }

    private static let binary: [String: ScalarProperty] = [
        "Alphabetic": .alphabetic, "Alpha": .alphabetic, "Lowercase": .lowercase, "Lower": .lowercase,
        "Uppercase": .uppercase, "Upper": .uppercase, "White_Space": .whiteSpace, "space": .whiteSpace,
        "Ideographic": .ideographic, "Ideo": .ideographic, "Emoji": .emoji, "Emoji_Presentation": .emojiPresentation,
        "EPres": .emojiPresentation, "Math": .math, "Dash": .dash, "Diacritic": .diacritic, "Dia": .diacritic,
        "ID_Start": .identifierStart, "IDS": .identifierStart, "ID_Continue": .identifierContinue,
        "IDC": .identifierContinue, "Hex_Digit": .hexadecimalDigit, "Hex": .hexadecimalDigit, "ASCII": .ascii,
        "Any": .any, "Assigned": .assigned,
    ]

    /// Short and long names as in PropertyValueAliases.txt.
    private static let categories: [(category: Unicode.GeneralCategory, short: String, long: String)] = [
        (.uppercaseLetter, "Lu", "Uppercase_Letter"), (.lowercaseLetter, "Ll", "Lowercase_Letter"),
        (.titlecaseLetter, "Lt", "Titlecase_Letter"), (.modifierLetter, "Lm", "Modifier_Letter"),
        (.otherLetter, "Lo", "Other_Letter"), (.nonspacingMark, "Mn", "Nonspacing_Mark"),
        (.spacingMark, "Mc", "Spacing_Mark"), (.enclosingMark, "Me", "Enclosing_Mark"),
        (.decimalNumber, "Nd", "Decimal_Number"), (.letterNumber, "Nl", "Letter_Number"),
        (.otherNumber, "No", "Other_Number"), (.connectorPunctuation, "Pc", "Connector_Punctuation"),
        (.dashPunctuation, "Pd", "Dash_Punctuation"), (.openPunctuation, "Ps", "Open_Punctuation"),
        (.closePunctuation, "Pe", "Close_Punctuation"), (.initialPunctuation, "Pi", "Initial_Punctuation"),
        (.finalPunctuation, "Pf", "Final_Punctuation"), (.otherPunctuation, "Po", "Other_Punctuation"),
        (.mathSymbol, "Sm", "Math_Symbol"), (.currencySymbol, "Sc", "Currency_Symbol"),
        (.modifierSymbol, "Sk", "Modifier_Symbol"), (.otherSymbol, "So", "Other_Symbol"),
        (.spaceSeparator, "Zs", "Space_Separator"), (.lineSeparator, "Zl", "Line_Separator"),
        (.paragraphSeparator, "Zp", "Paragraph_Separator"), (.control, "Cc", "Control"), (.format, "Cf", "Format"),
        (.surrogate, "Cs", "Surrogate"), (.privateUse, "Co", "Private_Use"), (.unassigned, "Cn", "Unassigned"),
    ]

    private static let groups: [String: String] = [
        "L": "L", "Letter": "L", "M": "M", "Mark": "M", "Combining_Mark": "M", "N": "N", "Number": "N", "P": "P",
        "Punctuation": "P", "punct": "P", "S": "S", "Symbol": "S", "Z": "Z", "Separator": "Z", "C": "C", "Other": "C",
    ]

    private static func mask(of name: String) -> UInt32? {
        if name == "LC" || name == "Cased_Letter" { return 0b111 }
        if name == "digit" { return mask(of: "Nd") }
        if name == "cntrl" { return mask(of: "Cc") }
        var mask: UInt32 = 0
        for (index, category) in categories.enumerated()
        where category.short == name || category.long == name
            || groups[name].map({ category.short.hasPrefix($0) }) == true
        {
            mask |= 1 << UInt32(index)
        }
        return mask == 0 ? nil : mask
    }

    private static let bits: [Unicode.GeneralCategory: UInt32] = Dictionary(
        uniqueKeysWithValues: categories.enumerated().map { ($1.category, 1 << UInt32($0)) })

    private static func bit(of category: Unicode.GeneralCategory) -> UInt32 { bits[category] ?? 0 }
}

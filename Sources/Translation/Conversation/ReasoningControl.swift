import JSON

/// How much the model is to think before it answers. Both may be set: a mode says whether, an effort how hard.
package struct ReasoningControl: Sendable, Equatable {
    /// Whether Anthropic's `thinking` says no more than a `Mode` does.
    static func isMode(_ thinking: JSONValue) -> Bool {
        switch thinking["type"]?.stringValue {
        case "disabled", "adaptive": true
        case "enabled": thinking["budget_tokens"]?.intValue != nil
        default: false
        }
    }

    package enum Mode: Sendable, Equatable {
        case off
        /// The model decides when and how much.
        case adaptive
        /// With at most so many tokens.
        case budget(Int)
    }

    package enum Effort: String, Sendable, Equatable {
        case none, minimal, low, medium, high, xhigh, max
    }

    package var mode: Mode?
    package var effort: Effort?
    /// Whether the thoughts are shown; nil for the vendor's default.
    package var showsText: Bool?

    package init() {}

    mutating func overlay(_ other: ReasoningControl) {
        mode = other.mode ?? mode
        effort = other.effort ?? effort
        showsText = other.showsText ?? showsText
    }
}

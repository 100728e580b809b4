package import JSON

/// A wire format that an upstream can speak, as far as the control plane has to do with it. How it is spoken is for the
/// gateway to know, which hands over the list of those that it has.
package struct ProviderKind: Sendable {
    /// What a provider of this kind may be told beside its address and credential.
    package struct Setting: Sendable {
        package let name: String
        /// What holds when a provider says nothing; nil where it has to say something.
        package let standard: String?
        package let meaning: String

        package init(_ name: String, standard: String?, _ meaning: String) {
            self.name = name
            self.standard = standard
            self.meaning = meaning
        }
    }

    /// As written in a provider's `kind`: `azure-openai`.
    package let name: String
    /// The vendor's own service, for a provider of these settings; nil for what everybody runs at an address of their
    /// own.
    package let baseURL: @Sendable (_ settings: JSONObject) -> String?
    package let settings: [Setting]
    /// Whether its credential may be a document of several lines, since it does not go into a field as it is.
    package let takesLongCredential: Bool
    /// What must hold for a provider of this kind alone. The document has the shape that all have, and its `base_url`
    /// is there unless the kind has none.
    package let rules: @Sendable (_ document: JSONValue) -> [Violation]

    /// - Parameter place: the vendor's own service where that depends on the settings, in place of `baseURL`.
    package init(
        name: String, baseURL: String? = nil, place: (@Sendable (_ settings: JSONObject) -> String)? = nil,
        settings: [Setting] = [],
        takesLongCredential: Bool = false,
        rules: @escaping @Sendable (_ document: JSONValue) -> [Violation] = { _ in [] }
    ) {
        self.name = name
        self.baseURL = place ?? { _ in baseURL }
        self.settings = settings
        self.takesLongCredential = takesLongCredential
        self.rules = rules
    }
}

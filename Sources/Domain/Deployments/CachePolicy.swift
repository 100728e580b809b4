package import JSON

/// Which answers of a deployment serve again, and for how long.
package struct CachePolicy: Sendable, Hashable {
    /// Who may be answered what another was.
    package enum Scope: String, Sendable, CaseIterable {
        /// Whoever asks the same of the deployment.
        case deployment
        /// The same unit alone: what one user was told never reaches another.
        case unit
    }

    package static let secondsMax = 30 * 86_400

    /// Seconds after which an answer is asked for anew; 1 to `secondsMax`.
    package let seconds: Int
    package let scope: Scope
    /// Whether questions that are only alike share an answer too; nil for no.
    package let semantic: SemanticPolicy?
    /// Whether answers may lie on the disk too, where the process has a file for them.
    package let isArchived: Bool

    package init(
        seconds: Int, scope: Scope = .deployment, semantic: SemanticPolicy? = nil, isArchived: Bool = false
    ) {
        self.isArchived = isArchived
        self.seconds = seconds
        self.scope = scope
        self.semantic = semantic
    }

    /// - Returns: nil when the document is not what the schema of deployments lets through.
    package init?(_ document: JSONValue) {
        guard let seconds = document["ttl_s"]?.intValue, (1...Self.secondsMax).contains(seconds) else { return nil }
        let written = document["scope"]?.stringValue
        guard let scope = written.map({ Scope(rawValue: $0) }) ?? .deployment else { return nil }
        self.init(
            seconds: seconds, scope: scope, semantic: document["semantic"].flatMap { SemanticPolicy($0) },
            isArchived: document["disk"]?.boolValue ?? false)
    }

    /// As it is written.
    package var json: JSONValue {
        var object: JSONObject = ["ttl_s": .integer(Int64(seconds)), "scope": .string(scope.rawValue)]
        if let semantic { object["semantic"] = semantic.json }
        if isArchived { object["disk"] = true }
        return .object(object)
    }
}

/// `name@7` (version) or `name@champion` (alias or label): how a variant names a model or prompt version.
package struct Reference: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        case version(Int)
        /// An alias of a model or a label of a prompt.
        case pointer(String)
    }

    package let name: String
    package let target: Target

    package init(name: String, target: Target) {
        self.name = name
        self.target = target
    }

    /// - Returns: nil when there is no `@`, or either side is not a valid name or a version from 1.
    package init?(parsing text: String, allowingFolders: Bool = false) {
        guard let at = text.lastIndex(of: "@") else { return nil }
        let name = String(text[..<at])
        let rest = String(text[text.index(after: at)...])
        guard allowingFolders ? ResourceName.isValidWithFolders(name) : ResourceName.isValid(name) else { return nil }
        self.name = name
        if rest.utf8.allSatisfy({ $0 &- 48 < 10 }) {
            guard let version = Int(rest), version >= 1, rest.utf8.first != 48 else { return nil }
            target = .version(version)
        } else {
            guard ResourceName.isValid(rest) else { return nil }
            target = .pointer(rest)
        }
    }

    package var text: String {
        switch target {
        case .version(let version): "\(name)@\(version)"
        case .pointer(let pointer): "\(name)@\(pointer)"
        }
    }
}

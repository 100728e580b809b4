import Domain

/// The rules for names, as schemas use them.
enum ResourceNameRule {
    static let plain = ResourceName.rule
    static let folders = ResourceName.folderRule

    static let isPlain: @Sendable (String) -> Bool = { ResourceName.isValid($0) }
    static let isWithFolders: @Sendable (String) -> Bool = { ResourceName.isValidWithFolders($0) }
}

/// Names of aliases and labels: names that cannot be taken for a version in `name@…`.
package enum PointerName {
    /// - Returns: nil for a name that may be given.
    package static func fault(_ name: String) -> String? {
        guard ResourceName.isValid(name) else { return ResourceName.rule }
        let isNumber = name.utf8.allSatisfy { $0 &- 48 < 10 }
        return isNumber ? "must not be a number: that would mean a version" : nil
    }
}

/// The sealed credential of a provider.
package enum ProviderCredential {
    /// What it is bound to: project, table, row and column, so that no other row's credential opens in its place.
    package static func sealingContext(project: String, id: String) -> String {
        "\(project)|providers|\(id)|credential"
    }
}

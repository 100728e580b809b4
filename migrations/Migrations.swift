package import SQL

/// The schemas of the files, embedded into the binary. `.embedInCode` makes one constant for every file of the
/// folders, flat and with the first digit lost (`control/0001_identity.sql` is `_001_identity_sql`), and no list of
/// them: so a new file is named once below, and a test holds these lists against the folders.
package enum Migrations {
    /// Identity, registry, audit, monitor: `control.sqlite`.
    package static let control: [Migration] = list([
        ("0001_identity", PackageResources._001_identity_sql),
        ("0002_providers_models", PackageResources._002_providers_models_sql),
        ("0003_prompts", PackageResources._003_prompts_sql),
        ("0004_deployments", PackageResources._004_deployments_sql),
        ("0005_datasets", PackageResources._005_datasets_sql),
        ("0006_probes", PackageResources._006_probes_sql),
        ("0007_store_bodies", PackageResources._007_store_bodies_sql),
        ("0008_provider_settings", PackageResources._008_provider_settings_sql),
        ("0009_revision_options", PackageResources._009_revision_options_sql),
        ("0010_provider_breakers", PackageResources._010_provider_breakers_sql),
        ("0011_limits", PackageResources._011_limits_sql),
        ("0012_revision_upstreams", PackageResources._012_revision_upstreams_sql),
    ])

    /// Outcomes, windows, feedback: `telemetry.sqlite`.
    package static let telemetry: [Migration] = list([
        ("0001_outcomes", PackageResources._001_outcomes_sql),
        ("0002_windows", PackageResources._002_windows_sql),
        ("0003_feedback", PackageResources._003_feedback_sql),
        ("0004_bodies", PackageResources._004_bodies_sql),
        ("0005_surfaces", PackageResources._005_surfaces_sql),
        ("0006_cache", PackageResources._006_cache_sql),
        ("0007_token_kinds", PackageResources._007_token_kinds_sql),
        ("0008_spending", PackageResources._008_spending_sql),
        ("0009_mirrors", PackageResources._009_mirrors_sql),
        ("0010_similarity", PackageResources._010_similarity_sql),
    ])

    /// Files and batches: `batch.sqlite`.
    package static let batch: [Migration] = list([
        ("0001_batches", PackageResources._001_batches_sql),
        ("0002_storage", PackageResources._002_storage_sql),
        ("0003_held", PackageResources._003_held_sql),
    ])

    /// Answers that outlive memory: `cache.sqlite`, which may be thrown away.
    package static let cache: [Migration] = list([
        ("0001_answers", PackageResources._001_answers_sql)
    ])

    private static func list(_ files: [(name: String, bytes: [UInt8])]) -> [Migration] {
        files.compactMap { file in
            guard let version = Int(file.name.prefix(4)), !file.bytes.isEmpty else { return nil }
            let name = String(file.name.dropFirst(5))
            return Migration(version: version, name: name, sql: String(decoding: file.bytes, as: UTF8.self))
        }
    }
}

/// Stands in, by the rule that a type's own member hides a protocol's default, for a listed file that is not there.
protocol UnwrittenMigrations {}

extension UnwrittenMigrations {
    static var _001_identity_sql: [UInt8] { [] }
    static var _002_providers_models_sql: [UInt8] { [] }
    static var _003_prompts_sql: [UInt8] { [] }
    static var _004_deployments_sql: [UInt8] { [] }
    static var _005_datasets_sql: [UInt8] { [] }
    static var _006_probes_sql: [UInt8] { [] }
    static var _001_outcomes_sql: [UInt8] { [] }
    static var _002_windows_sql: [UInt8] { [] }
    static var _003_feedback_sql: [UInt8] { [] }
}

extension PackageResources: UnwrittenMigrations {}

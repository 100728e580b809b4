/// Stands in, by the rule that a type's own member hides a protocol's default, for a listed file that is not there.
protocol UnwrittenMigrations {}

extension UnwrittenMigrations {
    static var _006_probes_sql: [UInt8] { [] }
}

extension PackageResources: UnwrittenMigrations {}

/// The settings in force: the environment over the file over the defaults.
struct Settings: Sendable, Equatable {
    private var values: [String: String]

    init() {
        values = Dictionary(uniqueKeysWithValues: SettingDefinition.all.map { ($0.path, $0.standard) })
    }

    /// - Parameter path: of a definition; an unknown one is a mistake of ours and reads as empty.
    func text(_ path: String) -> String {
        values[path] ?? ""
    }

    func integer(_ path: String) -> Int {
        Int(text(path)) ?? 0
    }

    func duration(_ path: String) -> Duration {
        .milliseconds(integer(path))
    }

    mutating func set(_ path: String, _ value: String) {
        values[path] = value
    }

    /// The paths whose values differ, in the order of the definitions.
    func differences(from other: Settings) -> [SettingDefinition] {
        SettingDefinition.all.filter { values[$0.path] != other.values[$0.path] }
    }
}

import FoundationEssentials
import REST
import Yams

/// Reads the settings. A wrong key or value stops with file, line and what was expected.
struct SettingsLoader {
    /// nil for no file.
    let file: String?
    let environment: [String: String]

    /// - Throws: `StartFailure` with exit code 2, naming every fault.
    func load() throws -> Settings {
        var settings = Settings()
        var faults = [String]()
        if let file { try read(file, into: &settings, &faults) }
        for definition in SettingDefinition.all {
            guard let value = environment[definition.variable] else { continue }
            if definition.kind.accepts(value) {
                settings.set(definition.path, value)
            } else {
                faults.append("\(definition.variable)=\(value): expected \(definition.kind.expectation)")
            }
        }
        guard faults.isEmpty else { throw StartFailure.configuration(faults.joined(separator: "\nsignalbox: ")) }
        return settings
    }

    private func read(_ file: String, into settings: inout Settings, _ faults: inout [String]) throws {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw StartFailure.configuration("cannot read the configuration file \(file)")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw StartFailure.configuration("\(file): not valid YAML: \(error)")
        }
        guard let root, root.scalar?.string.isEmpty != true else { return }
        guard let sections = root.mapping else {
            throw StartFailure.configuration("\(file):1: expected sections such as server: and log:")
        }
        for (name, section) in sections {
            readSection(name, section, file, into: &settings, &faults)
        }
    }

    private func readSection(
        _ name: Node, _ section: Node, _ file: String, into settings: inout Settings, _ faults: inout [String]
    ) {
        let sectionName = name.scalar?.string ?? ""
        let known = Set(SettingDefinition.all.map { String($0.path.prefix { $0 != "." }) })
        guard known.contains(sectionName) else {
            let nearest = NearestName.of(sectionName, among: known.sorted()).map { "; did you mean \($0)?" } ?? ""
            faults.append("\(file):\(Self.line(name)): \(sectionName) is not a known section\(nearest)")
            return
        }
        // `server:` with everything below it commented out.
        if section.scalar?.string.isEmpty == true { return }
        guard let mapping = section.mapping else {
            faults.append("\(file):\(Self.line(section)): expected settings below \(sectionName):")
            return
        }
        for (key, value) in mapping {
            let path = sectionName + "." + (key.scalar?.string ?? "")
            guard let definition = SettingDefinition.all.first(where: { $0.path == path }) else {
                let nearest = NearestName.of(path, among: SettingDefinition.all.map(\.path))
                let hint = nearest.map { "; did you mean \($0)?" } ?? ""
                faults.append("\(file):\(Self.line(key)): \(path) is not a known setting\(hint)")
                continue
            }
            let text = value.scalar?.string ?? ""
            guard definition.kind.accepts(text) else {
                faults.append("\(file):\(Self.line(value)): \(path): expected \(definition.kind.expectation)")
                continue
            }
            settings.set(path, text)
        }
    }

    private static func line(_ node: Node) -> Int {
        node.mark?.line ?? 1
    }
}

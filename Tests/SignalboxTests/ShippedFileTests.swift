import FoundationEssentials
import Testing

@testable import signalbox

/// config/signalbox.yaml against the settings that the binary knows.
@Suite struct ShippedFileTests {
    private static let path =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        + "/config/signalbox.yaml"

    /// The file's settings in order, each with its value as written and the comment above it.
    private func entries() throws -> [(path: String, value: String, comment: String)] {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        var entries = [(path: String, value: String, comment: String)]()
        var section = ""
        var comment = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  #") {
                comment += line.dropFirst(3) + " "
            } else if line.hasPrefix("  "), let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].filter { $0 != " " && $0 != "\"" }
                entries.append(("\(section).\(line[..<colon].dropFirst(2))", value, comment))
                comment = ""
            } else if line.hasSuffix(":"), !line.hasPrefix("#") {
                section = String(line.dropLast())
            }
        }
        return entries
    }

    @Test func everySettingStandsInItOnceWithItsDefault() throws {
        let entries = try entries()
        #expect(entries.map(\.path) == SettingDefinition.all.map(\.path))
        #expect(entries.map(\.value) == SettingDefinition.all.map(\.standard))
    }

    @Test func loadingItGivesTheDefaults() throws {
        let loaded = try SettingsLoader(file: Self.path, environment: [:]).load()
        #expect(loaded == Settings())
        #expect(loaded.differences(from: Settings()).isEmpty)
    }

    @Test func eachCommentTellsRangeUnitAndVariable() throws {
        for (entry, definition) in zip(try entries(), SettingDefinition.all) {
            let words = entry.comment.split { $0 == " " || $0 == "," || $0 == "." }.map(String.init)
            #expect(words.contains(definition.variable), "\(entry.path)")
            switch definition.kind {
            case .text: #expect(words.contains("Text"), "\(entry.path)")
            case .integer(let range):
                let bounds = "\(range.lowerBound) to \(range.upperBound)"
                #expect(entry.comment.contains(bounds), "\(entry.path)")
            case .choice(let values): for value in values { #expect(words.contains(value), "\(entry.path)") }
            }
            if entry.path.hasSuffix("_ms") { #expect(words.contains("milliseconds"), "\(entry.path)") }
            if entry.path.contains("_bytes_") { #expect(words.contains("bytes"), "\(entry.path)") }
        }
    }

    @Test func theSecretsAreNamedButNotSettings() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        for name in ["SIGNALBOX_MASTER_KEY", "SIGNALBOX_MASTER_KEY_FILE", "SIGNALBOX_BOOTSTRAP_KEY"] {
            #expect(text.contains("\n#   \(name) "))
            #expect(!SettingDefinition.all.contains { $0.variable == name })
        }
    }
}

import FoundationEssentials
import Support
import Testing

@testable import signalbox

/// A settings file with the given text, and what loading it gives.
struct SettingsFile {
    let directory: TemporaryDirectory
    let path: String

    init(_ text: String) throws {
        directory = try TemporaryDirectory("settings")
        path = directory.file("signalbox.yaml")
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    func load(_ environment: [String: String] = [:]) throws -> Settings {
        try SettingsLoader(file: path, environment: environment).load()
    }

    /// The lines of the complaint, the file's name left out.
    func complaint(_ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try load(environment)
            return []
        } catch {
            guard let failure = error as? StartFailure, failure.exitCode == 2 else { return ["\(error)"] }
            return failure.reason.split(separator: "\n").map { line in
                String(line.replacing("signalbox: ", with: "").replacing(path + ":", with: ""))
            }
        }
    }
}

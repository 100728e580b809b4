import Foundation
import Testing

/// Test data that is not in the repository: SIGNALBOX_CORPORA, or the folder beside the package.
enum Corpora {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["SIGNALBOX_CORPORA"] {
            return URL(filePath: path, directoryHint: .isDirectory)
        }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.appending(path: "../shared/corpora").standardizedFileURL
    }()

    static let isPresent = FileManager.default.fileExists(atPath: root.path)

    /// A place that must have the corpora says so by CI=true; elsewhere the tests on them are skipped, visibly.
    static let mayRun = isPresent || ProcessInfo.processInfo.environment["CI"] == "true"

    static func files(in folder: String, suffix: String) throws -> [(name: String, bytes: [UInt8])] {
        let directory = root.appending(path: folder)
        return try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(suffix) }
            .sorted().map { ($0, Array(try Data(contentsOf: directory.appending(path: $0)))) }
    }
}

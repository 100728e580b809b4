import Foundation

/// The tree that the rules are held against.
struct Repository {
    /// Two folders above this file's.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let sources: [SourceFile] =
        files(under: "Sources") + files(under: "migrations") + files(under: "config")
    static let tests: [SourceFile] = files(under: "Tests")

    /// Every Swift file below a folder of the repository, in order of path.
    private static func files(under folder: String) -> [SourceFile] {
        let top = root.appending(path: folder).resolvingSymlinksInPath()
        guard let walk = FileManager.default.enumerator(at: top, includingPropertiesForKeys: nil) else { return [] }
        var found: [SourceFile] = []
        for case let url as URL in walk where url.pathExtension == "swift" {
            guard let text = try? String(contentsOf: url, encoding: .utf8) else { continue }
            let inside = url.resolvingSymlinksInPath().path.dropFirst(top.path.count)
            found.append(SourceFile(path: folder + inside, text: text))
        }
        return found.sorted { $0.path < $1.path }
    }
}

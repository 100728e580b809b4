import Foundation
import Testing

/// What the package brings along from elsewhere.
struct DependencyTests {
    private static let expected: Set<String> = [
        "swift-argument-parser", "swift-asn1", "swift-collections", "swift-crypto", "swift-log", "swift-mustache",
        "yams",
    ]

    /// From `swift package show-dependencies` on a copy of the manifest: the original's build folder is locked by
    /// whoever runs these tests.
    @Test(.timeLimit(.minutes(10))) func noSwiftNIOIsInTheResolvedGraph() throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: "signalbox-graph-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in ["Package.swift", "Package.resolved"] {
            let original = Repository.root.appending(path: name).resolvingSymlinksInPath()
            guard FileManager.default.fileExists(atPath: original.path) else { continue }
            try FileManager.default.copyItem(at: original, to: copy.appending(path: name))
        }
        for name in ["Sources", "Tests", "migrations", "config"] {
            try FileManager.default.createSymbolicLink(
                at: copy.appending(path: name),
                withDestinationURL: Repository.root.appending(path: name).resolvingSymlinksInPath())
        }
        let names = try Self.identities(try Self.graph(of: copy))
        #expect(names == Self.expected)
        #expect(!names.contains { $0.contains("nio") })
    }

    private static func graph(of package: URL) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let output = package.appending(path: "graph.json")
        process.arguments = [
            "swift", "package", "--package-path", package.path, "show-dependencies", "--format", "json",
            "--output-path", output.path,
        ]
        process.standardOutput = FileHandle.nullDevice
        let errors = package.appending(path: "errors.txt")
        try Data().write(to: errors)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let said = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        try #require(process.terminationStatus == 0, "swift package show-dependencies: \(said)")
        return try Data(contentsOf: output)
    }

    private static func identities(_ data: Data) throws -> Set<String> {
        var found: Set<String> = []
        var open = [try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])]
        while let node = open.popLast() {
            for case let dependency as [String: Any] in node["dependencies"] as? [Any] ?? [] {
                found.insert(try #require(dependency["identity"] as? String))
                open.append(dependency)
            }
        }
        return found
    }
}

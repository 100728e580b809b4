import Domain
import Glibc
import JSON
import Testing

/// The Mustache specification's own cases. Partials are refused in a prompt, and nothing is escaped: the two deliberate
/// differences.
@Suite struct MustacheCorpusTests {
    private static let folders = ["comments", "delimiters", "interpolation", "inverted", "sections"]

    private static func corpus(_ name: String) throws -> [JSONValue]? {
        let variable = getenv("SIGNALBOX_CORPORA").map { String(cString: $0) }
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = (variable ?? root + "/../shared/corpora") + "/mustache/\(name).json"
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return try JSONValue(parsing: bytes)["tests"]?.arrayValue
    }

    private static func hasCorpora() -> Bool {
        (try? corpus("comments")) != nil
    }

    @Test(.enabled("the corpora are not here", hasCorpora), arguments: folders)
    func everyCaseRendersAsTheSpecificationSays(_ folder: String) throws {
        let cases = try #require(try Self.corpus(folder))
        #expect(cases.count > 10)
        for item in cases {
            let name = item["name"]?.stringValue ?? ""
            let text = item["template"]?.stringValue ?? ""
            if text.contains("{{>") {
                #expect(throws: PromptTemplate.Invalid.self, "\(name)") { try PromptTemplate(text) }
                continue
            }
            let template = try PromptTemplate(text)
            var expected = item["expected"]?.stringValue ?? ""
            if name.contains("HTML Escaping"), !name.contains("No") {
                expected = expected.replacing("&amp;", with: "&").replacing("&quot;", with: "\"")
                    .replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            }
            // The specification's root may be any value: {{.}} of a string has no place in a set of named variables.
            guard let data = item["data"]?.objectValue else { continue }
            var missing = [String]()
            let rendered = template.render(data, missing: &missing)
            #expect(rendered == expected, "\(folder): \(name)")
        }
    }

    @Test(.enabled("the corpora are not here", hasCorpora))
    func everyPartialIsRefusedByName() throws {
        for item in try #require(try Self.corpus("partials")) {
            let text = item["template"]?.stringValue ?? ""
            #expect(throws: PromptTemplate.Invalid.self, "\(text)") { try PromptTemplate(text) }
        }
    }
}

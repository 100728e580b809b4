import Foundation

/// What Package.swift lets every target import.
struct Manifest {
    let text: String
    /// Modules by target, those of other packages among them.
    let allowed: [String: Set<String>]

    init() throws {
        text = try String(contentsOf: Repository.root.appending(path: "Package.swift"), encoding: .utf8)
        let modules = Self.products(text)
        var allowed: [String: Set<String>] = [:]
        let forms = [
            #"(?:wall|tests)\(\s*"(\w+)"(?:,\s*\[([^\]]*)\])?"#,
            #"[tT]arget\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?"#,
        ]
        for form in forms {
            for match in text.matches(of: try Regex(form)) {
                guard let name = match.output[1].substring else { continue }
                let list = match.output[2].substring ?? ""
                allowed[String(name)] = Self.dependencies(list, modules)
            }
        }
        self.allowed = allowed
    }

    /// `let heap = Target.Dependency.product(name: "HeapModule", …)`: the module by its constant.
    private static func products(_ text: String) -> [String: String] {
        var modules: [String: String] = [:]
        for match in text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/) {
            modules[String(match.1)] = String(match.2)
        }
        return modules
    }

    private static func dependencies(_ list: Substring, _ modules: [String: String]) -> Set<String> {
        Set(
            list.split(separator: ",").compactMap { item in
                let word = item.trimmingCharacters(in: .whitespacesAndNewlines)
                guard !word.isEmpty else { return nil }
                return word.hasPrefix("\"") ? word.trimmingCharacters(in: ["\""]) : modules[word]
            })
    }
}

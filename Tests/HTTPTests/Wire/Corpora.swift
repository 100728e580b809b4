import Glibc

/// Where test cases that nobody here wrote are found: `SIGNALBOX_CORPORA`, or `../shared/corpora` beside the package.
enum Corpora {
    static let root: String = {
        if let named = getenv("SIGNALBOX_CORPORA") { return String(cString: named) }
        // The real path of this file: the sources may be seen through a link.
        let real = realpath(#filePath, nil)
        defer { free(real) }
        let file = real.map { String(cString: $0) } ?? #filePath
        let package = file.split(separator: "/").dropLast(4).joined(separator: "/")
        return "/\(package)/../shared/corpora"
    }()

    static var isCI: Bool { getenv("CI").map { String(cString: $0) == "true" } ?? false }

    static func isPresent(_ folder: String) -> Bool { access("\(root)/\(folder)", R_OK) == 0 }

    /// The names of the files in a folder that end so, sorted; none where the folder is absent.
    static func files(_ folder: String, ending: String) -> [String] {
        guard let directory = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(ending) { names.append(name) }
        }
        return names.sorted()
    }

    static func bytes(_ path: String) -> [UInt8] {
        guard let file = fopen("\(root)/\(path)", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    /// Expands `\r \n \t \f \0 \xHH`; any other backslash stays.
    static func expanded(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.count else {
                result.append(text[index])
                index += 1
                continue
            }
            index += 2
            switch text[index - 1] {
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "0"): result.append(0)
            case UInt8(ascii: "x"):
                let digits = String(decoding: text[index..<min(index + 2, text.count)], as: UTF8.self)
                result.append(UInt8(digits, radix: 16) ?? 0)
                index += 2
            default: result += [UInt8(ascii: "\\"), text[index - 1]]
            }
        }
        return result
    }
}

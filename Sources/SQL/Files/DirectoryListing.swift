import Glibc

/// The names in a directory.
package enum DirectoryListing {
    /// In the order of the file system, without `.` and `..`.
    package static func names(in path: String) throws(FileError) -> [String] {
        guard let directory = opendir(path) else { throw FileError("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

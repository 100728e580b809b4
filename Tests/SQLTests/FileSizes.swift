import Glibc

/// The size of a file in bytes; nil when there is none.
enum FileSizes {
    static func of(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}

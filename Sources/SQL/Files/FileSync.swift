import Glibc

/// fsync(2) by name, for files and for directories.
package enum FileSync {
    /// What was written to the file, or the names in the directory, survive a power cut when this returns.
    package static func sync(_ path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("sync", path) }
    }
}

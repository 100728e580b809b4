import Glibc

/// Puts database files in the place of those in a directory, all of them or none, whatever moment the power fails.
///
/// The new files are gathered in a directory beside the old ones; one rename makes them due; then each takes its place.
/// What is due and not done is done by the next process that takes the directory, before it opens a file. Whoever calls
/// holds the lock of the directory.
package struct StagedFiles {
    /// Called with what comes next; a test ends the work there by throwing.
    typealias Step = (String) throws -> Void

    private let directory: String
    private let step: Step

    /// - Parameter directory: where the files belong.
    package init(into directory: String) { self.init(into: directory) { _ in } }

    init(into directory: String, step: @escaping Step) {
        self.directory = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        self.step = step
    }

    /// Where the new files are to be written between `begin` and `commit`.
    package var place: String { directory + "/restore.partial" }
    private var due: String { directory + "/restore.due" }

    /// Whether files are due that have not all taken their places.
    package var isDue: Bool { access(due, F_OK) == 0 }

    /// Makes an empty place for the new files; what an earlier attempt left there is removed.
    package func begin() throws(FileError) {
        try? abandon()
        guard mkdir(place, 0o700) == 0 else { throw FileError("make", place) }
    }

    /// Removes what was gathered; the files in the directory are as they were.
    package func abandon() throws(FileError) {
        for name in try DirectoryListing.names(in: place) { unlink(place + "/" + name) }
        guard rmdir(place) == 0 else { throw FileError("remove", place) }
    }

    /// From when this returns the new files count, also after a power cut; `finish` puts them in place.
    package func commit() throws {
        for name in try DirectoryListing.names(in: place) { try FileSync.sync(place + "/" + name) }
        try FileSync.sync(place)
        try step("rename the place")
        guard rename(place, due) == 0 else { throw FileError("rename", place) }
        try FileSync.sync(directory)
    }

    /// Puts what is due in place; with nothing due it does nothing. After an error, or the end of the process, calling
    /// it again goes on where it stopped.
    package func finish() throws {
        guard isDue else { return }
        for name in try DirectoryListing.names(in: due).sorted() { try putInPlace(name) }
        try step("remove the empty place")
        guard rmdir(due) == 0 else { throw FileError("remove", due) }
        try FileSync.sync(directory)
    }

    private func putInPlace(_ name: String) throws {
        let target = directory + "/" + name
        // The old log goes before the new file comes, and durably: SQLite would replay it over the new file.
        for suffix in ["-wal", "-shm", "-journal"] {
            try step("remove \(name)\(suffix)")
            guard unlink(target + suffix) == 0 || errno == ENOENT else { throw FileError("remove", target + suffix) }
        }
        try FileSync.sync(directory)
        try step("rename \(name)")
        guard rename(due + "/" + name, target) == 0 else { throw FileError("rename", due + "/" + name) }
        try step("sync after \(name)")
        try FileSync.sync(directory)
    }
}

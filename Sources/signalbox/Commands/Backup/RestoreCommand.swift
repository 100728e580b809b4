import Archive
import ArgumentParser
import Domain
import FoundationEssentials
import Glibc
import SQL

/// `signalbox restore`: into a data directory that no process holds.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put the files of a backup in place, all or none, and check them.",
        discussion: """
            Batches that were under way are held from the next start on: what they had not been answered when the \
            backup was made may have been answered, and paid for, since. Each is resumed or cancelled over the API.
            """)

    @Argument(help: "The directory that `signalbox backup` made.")
    var backup: String

    @Flag(help: "Replace the data that is there, and go on where the master key is not the one of the backup.")
    var force = false

    @Flag(
        help: """
            Let batches that were under way go on at the next start, those too that an earlier restore held: requests \
            that were answered after the backup was made are asked, and paid for, again.
            """)
    var resumeBatches = false

    @OptionGroup var config: ConfigOption

    func run() throws {
        let settings = try config.settings()
        let directory = try DataDirectory(settings.text("server.data_dir"))
        let there = DataDirectory.files.filter { BackupFile($0, in: directory.path).exists }
        guard there.isEmpty || force else {
            throw StartFailure.start(
                "\(directory.path) holds \(there.joined(separator: " and ")): --force replaces what is there")
        }
        let manifest = try BackupManifest.read(from: backup)
        let place = try checkMasterKey(manifest, directory)
        for file in manifest.files { try check(file) }
        let hasBatches = manifest.files.contains { $0.name == DataDirectory.batchFile }
        let batches = try batchesUnderWay(hasBatches, directory)
        try replace(manifest, in: directory, leaving: word(on: batches, in: directory))
        Terminal.say("\(directory.path): the state of \(manifest.createdAt.text) is back, and checked")
        if !hasBatches, there.contains(DataDirectory.batchFile) {
            Terminal.say(
                "\(DataDirectory.batchFile) stays as it was: the backup has none, since an older version made it")
        }
        report(batches, hasBatches ? manifest.createdAt : nil)
        if place == .nowhere {
            Terminal.complain(
                "signalbox: there is no master key yet: give the server the one that belongs to this backup")
        }
        withExtendedLifetime(directory) {}
    }

    /// With another master key every API key and every credential of the backup would be dead.
    private func checkMasterKey(_ manifest: BackupManifest, _ directory: DataDirectory) throws -> MasterKeyPlace {
        let environment = ProcessInfo.processInfo.environment
        let place = MasterKeyPlace(environment: environment, directory: directory.path)
        guard let key = place.key(environment: environment), let expected = manifest.masterKeyMark,
            MasterKeyPlace.mark(of: key) != expected
        else { return place }
        let reason = "\(place.name) is not the master key of the backup: its keys and credentials would not work"
        guard force else { throw StartFailure.start("\(reason); --force restores all the same") }
        Terminal.complain("signalbox: \(reason)")
        return place
    }

    /// Bytes first, which also finds what a database check cannot see.
    private func check(_ entry: BackupManifest.File) throws {
        let file = BackupFile(entry.name, in: backup)
        guard file.bytes == entry.bytes else {
            throw StartFailure.start(
                "\(file.path) has \(file.bytes.map(String.init) ?? "no") bytes and had \(entry.bytes)")
        }
        guard try file.named({ try FileDigest.sha256(file.path) }) == entry.sha256 else {
            throw StartFailure.start("\(file.path) has changed since the backup: its SHA-256 is another")
        }
        _ = try file.verify()
    }

    /// Of the file that is there afterwards: the backup's, or where it has none the one that stays.
    private func batchesUnderWay(_ isInBackup: Bool, _ directory: DataDirectory) throws -> [RestoredBatches.Batch] {
        let place = isInBackup ? backup : directory.path
        return try RestoredBatches.underWay(in: BackupFile(DataDirectory.batchFile, in: place))
    }

    /// What the next start is told of them; nil where there is nothing to tell. Word that an earlier restore left, and
    /// no start has seen, is not of these files.
    private func word(on batches: [RestoredBatches.Batch], in directory: DataDirectory) -> RestoredBatches.Word? {
        if batches.isEmpty { return RestoredBatches(directory.path).due == nil ? nil : .hold }
        return resumeBatches ? .resume : .hold
    }

    private static let shownMax = 20

    /// - Parameter moment: of the backup that they are from; nil where they were there before.
    private func report(_ batches: [RestoredBatches.Batch], _ moment: Timestamp?) {
        guard !batches.isEmpty else { return }
        let whose = moment.map { "as of \($0.text)" } ?? "in it"
        let risk =
            moment == nil
            ? "what they name may not be in the restored files"
            : "requests without an answer there may have been answered, and paid for, since"
        Terminal.say("batches under way \(whose): \(batches.count); \(risk):")
        for batch in batches.prefix(Self.shownMax) { Terminal.say("  \(batch.text)") }
        if batches.count > Self.shownMax { Terminal.say("  and \(batches.count - Self.shownMax) more") }
        guard !resumeBatches else {
            Terminal.say("they go on at the next start, as --resume-batches says, and ask what has no answer")
            return
        }
        Terminal.say("they are held from the next start on, and ask nothing; `signalbox doctor` lists them:")
        Terminal.say("  POST /v1/batches/{id}/resume goes on with one")
        Terminal.say("  POST /v1/batches/{id}/cancel ends one with the answers that it has")
    }

    private func replace(
        _ manifest: BackupManifest, in directory: DataDirectory, leaving word: RestoredBatches.Word?
    ) throws {
        let staged = StagedFiles(into: directory.path)
        do {
            try staged.begin()
            for entry in manifest.files {
                let source = try BackupFile(entry.name, in: backup).open()
                defer { source.close() }
                try source.copy(to: staged.place + "/" + entry.name)
                let schema = try BackupFile(entry.name, in: staged.place).verify()
                guard schema == entry.schema else { throw StartFailure.start("\(entry.name): schema \(schema)") }
            }
            // With the files, and so as all or none of them.
            if let word { try RestoredBatches.leave(word, in: staged.place) }
            // What it has of revisions that come after those of the backup is of others than will have their numbers.
            try AnswerFile.remove(directory.path + "/" + DataDirectory.cacheFile)
        } catch {
            // What was there is untouched.
            try? staged.abandon()
            throw error as? StartFailure ?? StartFailure.start("cannot restore: \(error)")
        }
        do {
            try staged.commit()
            try staged.finish()
        } catch {
            throw StartFailure.start("the restore was cut short: \(error); the next start goes on with it")
        }
    }
}

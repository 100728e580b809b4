import ArgumentParser
import Domain
import FoundationEssentials
import Glibc
import SQL

/// `signalbox restore`: into a data directory that no process holds.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put the files of a backup in place, all or none, and check them.")

    @Argument(help: "The directory that `signalbox backup` made.")
    var backup: String

    @Flag(help: "Replace the data that is there, and go on where the master key is not the one of the backup.")
    var force = false

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
        try replace(manifest, in: directory)
        Terminal.say("\(directory.path): the state of \(manifest.createdAt.text) is back, and checked")
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

    private func replace(_ manifest: BackupManifest, in directory: DataDirectory) throws {
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

import ArgumentParser
import Domain
import FoundationEssentials
import Glibc
import SQL

/// `signalbox backup`: beside a running server or a stopped one.
///
/// It reads through read-only connections and takes no lock: a reader never writes to or checkpoints the log, so the
/// server's writer stays the only one that does (see SQLiteWriter), and a restart of the server need not wait for a
/// backup. The price is that the server's log cannot be reset while the copy is made.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the database files, whole and checked, into a new directory.",
        discussion: """
            Works beside a running server. The master key is not part of a backup: keep it elsewhere, since without it \
            no API key and no provider credential of the backup can be used.
            """)

    @Argument(help: "The directory to make; it must not be there, or be empty.")
    var directory: String

    @OptionGroup var config: ConfigOption

    func run() throws {
        let settings = try config.settings()
        let source = settings.text("server.data_dir")
        let target = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        guard !target.isEmpty else { throw StartFailure.configuration("the directory has no name") }
        guard !StagedFiles(into: source).isDue else {
            throw StartFailure.start("a restore into \(source) was cut short: run `signalbox migrate` to finish it")
        }
        if let names = try? DirectoryListing.names(in: target), !names.isEmpty {
            throw StartFailure.start("\(target) is there already and not empty")
        }
        let environment = ProcessInfo.processInfo.environment
        let place = MasterKeyPlace(environment: environment, directory: source)
        let mark = place.key(environment: environment).map { MasterKeyPlace.mark(of: $0) }
        let writing = BackupWriting(
            source: source, target: target, masterKeyMark: mark, now: SystemSources.clock.now())
        let manifest = try writing.run { Terminal.say($0) }
        for file in manifest.files {
            Terminal.say("\(target)/\(file.name): \(file.bytes) bytes, schema \(file.schema), checked")
        }
        Terminal.say("Keep apart from it: \(place.name). Without it no key and no credential of the backup works.")
        if mark == nil {
            Terminal.complain("signalbox: the master key was not to be had here, so restore cannot check that it fits")
        }
    }
}

import ArgumentParser
import FoundationEssentials
import JSON
import SQL

/// `signalbox doctor`: looks at an installation, running or stopped, and changes nothing.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look for what is wrong, and say what to do about it.",
        discussion: "Exit code 0: no problem (there may be warnings); 1: problems.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: "Milliseconds to wait for each provider, 1 to 60000; 0 asks none.")
    var providerTimeoutMs = 2_000

    @OptionGroup var config: ConfigOption

    func validate() throws {
        guard (0...60_000).contains(providerTimeoutMs) else {
            throw ValidationError("--provider-timeout-ms: expected 0 to 60000")
        }
    }

    func run() throws {
        let findings = examine()
        let isSound = !findings.contains { $0.status == .problem }
        if json {
            let report: JSONValue = ["ok": .bool(isSound), "findings": .array(findings.map(\.json))]
            Terminal.say(String(decoding: report.encoded(pretty: true), as: UTF8.self))
        } else {
            for line in findings.flatMap(\.lines) { Terminal.say(line) }
            let problems = findings.count { $0.status == .problem }
            let warnings = findings.count { $0.status == .warning }
            Terminal.say("\(problems) problems, \(warnings) warnings")
        }
        if !isSound { throw ExitCode(1) }
    }

    private func examine() -> [Finding] {
        let settings: Settings
        do {
            settings = try config.settings()
            _ = try settings.listen
        } catch {
            let reason = (error as? StartFailure)?.reason ?? "\(error)"
            return [
                .problem(
                    "configuration", reason, do: "correct it; `signalbox check-config` shows what is in force")
            ]
        }
        let origin = config.config.map { "the file \($0)" } ?? "defaults and environment"
        let directory = settings.text("server.data_dir")
        let environment = ProcessInfo.processInfo.environment
        let holder = DataDirectoryLock.isHeld(directory) ? DataDirectoryLock.lastHolder(directory) : nil
        let isRunning = DataDirectoryLock.isHeld(directory)
        var findings: [Finding] = [.ok("configuration", "\(origin): every setting is known and in its range")]
        findings += DirectoryChecks(directory: directory, isRunning: isRunning, holder: holder).findings()
        findings += SystemChecks(directory: directory, settings: settings, holder: holder).findings()
        let secrets = SecretChecks(directory: directory, environment: environment, settings: settings)
        findings += secrets.findings()
        for name in DataDirectory.files {
            findings += StoreChecks(file: BackupFile(name, in: directory), isRunning: isRunning).findings()
        }
        findings += BatchChecks(batches: RestoredBatches(directory)).findings()
        return findings + providers(directory, secrets)
    }

    private func providers(_ directory: String, _ secrets: SecretChecks) -> [Finding] {
        let file = BackupFile(DataDirectory.controlFile, in: directory)
        // Without a file, or with one that cannot be read, the checks before have said so.
        guard file.exists, let control = try? file.open() else { return [] }
        defer { control.close() }
        do {
            let providers = try ProviderChecks.Provider.all(in: control)
            let sealed = secrets.credentials(of: providers)
            guard providerTimeoutMs > 0 else { return sealed }
            return sealed + ProviderChecks(timeoutMilliseconds: providerTimeoutMs).findings(of: providers)
        } catch {
            return [
                .problem("providers", "\(error)", do: "bring the file to this version: `signalbox migrate`")
            ]
        }
    }
}

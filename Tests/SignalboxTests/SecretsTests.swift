import FoundationEssentials
import Glibc
import Identity
import Support
import Testing

@testable import signalbox

@Suite struct SecretsTests {
    private static let master = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="

    private func failure(
        _ environment: [String: String], directory: String, isLoopback: Bool = true
    ) -> StartFailure? {
        do {
            _ = try ProcessSecrets(environment: environment, directory: directory, isLoopback: isLoopback)
            return nil
        } catch {
            return error as? StartFailure
        }
    }

    @Test func theDevelopmentKeyIsMadeOnceForItsOwnerAlone() throws {
        let directory = try TemporaryDirectory("secrets")
        let first = try ProcessSecrets(environment: [:], directory: directory.path, isLoopback: true)
        #expect(first.isDevelopment)
        #expect(first.bootstrap == nil)
        var status = stat()
        #expect(stat(directory.file("development.key"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let second = try ProcessSecrets(environment: [:], directory: directory.path, isLoopback: true)
        #expect(second.master.derived(for: "x") == first.master.derived(for: "x"))
    }

    @Test func beyondLoopbackAMasterKeyMustBeGiven() throws {
        let directory = try TemporaryDirectory("secrets")
        #expect(failure([:], directory: directory.path, isLoopback: false)?.exitCode == 1)
        #expect(access(directory.file("development.key"), F_OK) != 0)
        let given = try ProcessSecrets(
            environment: ["SIGNALBOX_MASTER_KEY": Self.master], directory: directory.path, isLoopback: false)
        #expect(!given.isDevelopment)
        try (Self.master + "\n").write(toFile: directory.file("master"), atomically: false, encoding: .utf8)
        let filed = try ProcessSecrets(
            environment: ["SIGNALBOX_MASTER_KEY_FILE": directory.file("master")], directory: directory.path,
            isLoopback: false)
        #expect(filed.master.derived(for: "x") == given.master.derived(for: "x"))
    }

    @Test func wrongSecretsAreRefusedWithoutBeingShown() throws {
        let directory = try TemporaryDirectory("secrets")
        for environment in [
            ["SIGNALBOX_MASTER_KEY": "hunter2"], ["SIGNALBOX_BOOTSTRAP_KEY": "hunter2hunter2hunter2hunter2hun"],
        ] {
            let failure = failure(environment, directory: directory.path)
            #expect(failure?.exitCode == 2)
            #expect(failure?.reason.contains("hunter2") == false)
        }
        #expect(failure(["SIGNALBOX_MASTER_KEY_FILE": "/nonexistent"], directory: directory.path)?.exitCode == 1)
        let bootstrap = try ProcessSecrets(
            environment: ["SIGNALBOX_BOOTSTRAP_KEY": String(repeating: "b", count: 32)], directory: directory.path,
            isLoopback: true)
        #expect("\(String(describing: bootstrap.bootstrap))".contains("bbb") == false)
    }
}

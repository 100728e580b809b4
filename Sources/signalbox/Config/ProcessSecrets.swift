import CLinux
import Domain
import FoundationEssentials
import Glibc
import Identity

/// What must not stand in the settings file: the master key and the bootstrap key, from the environment or from files.
struct ProcessSecrets: Sendable {
    let master: MasterKey
    let bootstrap: Secret?
    /// A development key was made or found in the data directory.
    let isDevelopment: Bool

    private static let bootstrapLengthMin = 32
    private static let developmentFile = "development.key"

    /// - Parameter isLoopback: whether every listener is on loopback: only then is a development key made.
    init(environment: [String: String], directory: String, isLoopback: Bool) throws {
        bootstrap = try Self.bootstrap(environment["SIGNALBOX_BOOTSTRAP_KEY"])
        if let text = environment["SIGNALBOX_MASTER_KEY"] {
            master = try Self.parse(text, from: "SIGNALBOX_MASTER_KEY")
            isDevelopment = false
        } else if let file = environment["SIGNALBOX_MASTER_KEY_FILE"] {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw StartFailure.start("cannot read SIGNALBOX_MASTER_KEY_FILE \(file)")
            }
            master = try Self.parse(text, from: file)
            isDevelopment = false
        } else {
            guard isLoopback else {
                throw StartFailure.start(
                    "no SIGNALBOX_MASTER_KEY: a development key is made only while every listener is on loopback")
            }
            master = try Self.development(in: directory)
            isDevelopment = true
        }
    }

    private static func bootstrap(_ text: String?) throws -> Secret? {
        guard let text else { return nil }
        guard text.utf8.count >= bootstrapLengthMin else {
            throw StartFailure.configuration("SIGNALBOX_BOOTSTRAP_KEY: expected 32 or more characters")
        }
        return Secret(text)
    }

    private static func parse(_ text: String, from place: String) throws -> MasterKey {
        guard let key = MasterKey(base64: text) else {
            throw StartFailure.configuration("\(place): expected 32 bytes in base 64")
        }
        return key
    }

    private static func development(in directory: String) throws -> MasterKey {
        let path = directory + "/" + developmentFile
        if let text = try? String(contentsOfFile: path, encoding: .utf8) { return try parse(text, from: path) }
        var bytes = [UInt8](repeating: 0, count: MasterKey.byteCount)
        // Fills the buffer from the kernel's generator.
        bytes.withUnsafeMutableBytes { clinux_random($0.baseAddress, $0.count) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else {
            throw StartFailure.start("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let text = Array((Data(bytes).base64EncodedString() + "\n").utf8)
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0, let key = MasterKey(bytes)
        else {
            throw StartFailure.start("cannot write \(path)")
        }
        return key
    }
}

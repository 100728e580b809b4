import Crypto
import FoundationEssentials
import Glibc
import Identity

/// Where the master key of an installation is kept, looked up without making one.
enum MasterKeyPlace: Equatable {
    case environment
    /// SIGNALBOX_MASTER_KEY_FILE
    case file(String)
    /// Made by the first start on loopback.
    case development(String)
    case nowhere

    init(environment: [String: String], directory: String) {
        let development = directory + "/development.key"
        if environment["SIGNALBOX_MASTER_KEY"] != nil {
            self = .environment
        } else if let file = environment["SIGNALBOX_MASTER_KEY_FILE"] {
            self = .file(file)
        } else {
            self = access(development, F_OK) == 0 ? .development(development) : .nowhere
        }
    }

    /// nil when there is none, or none of 32 bytes in base 64.
    func key(environment: [String: String]) -> MasterKey? {
        switch self {
        case .environment: environment["SIGNALBOX_MASTER_KEY"].flatMap { MasterKey(base64: $0) }
        case .file(let path), .development(let path):
            (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { MasterKey(base64: $0) }
        case .nowhere: nil
        }
    }

    /// The file that holds the key, if a file does.
    var path: String? {
        switch self {
        case .file(let path), .development(let path): path
        case .environment, .nowhere: nil
        }
    }

    /// For people.
    var name: String {
        switch self {
        case .environment: "the value of SIGNALBOX_MASTER_KEY"
        case .file(let path): "the file \(path) (SIGNALBOX_MASTER_KEY_FILE)"
        case .development(let path): "the file \(path)"
        case .nowhere: "the master key (SIGNALBOX_MASTER_KEY or SIGNALBOX_MASTER_KEY_FILE of the server)"
        }
    }

    /// Tells two master keys apart and says nothing about either: 64 bits of a key derived for this alone (HKDF).
    static func mark(of key: MasterKey) -> String {
        key.derived(for: "backup mark").withUnsafeBytes { bytes in
            bytes.prefix(8).reduce(into: "") { text, byte in text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        }
    }
}

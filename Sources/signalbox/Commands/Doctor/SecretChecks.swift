import Domain
import Glibc
import Identity
import Registry

/// The master key: where it is, who can read it, and whether it opens what is stored.
struct SecretChecks {
    let directory: String
    let environment: [String: String]
    let settings: Settings
    private let place: MasterKeyPlace
    private let key: MasterKey?

    init(directory: String, environment: [String: String], settings: Settings) {
        self.directory = directory
        self.environment = environment
        self.settings = settings
        place = MasterKeyPlace(environment: environment, directory: directory)
        key = place.key(environment: environment)
    }

    func findings() -> [Finding] {
        let isLoopback = (try? settings.isLoopback) == true
        switch place {
        case .nowhere:
            guard !isLoopback else {
                return [.ok("master key", "none yet: the first start makes one, since every listener is on loopback")]
            }
            return [
                .problem(
                    "master key", "there is none, and a listener is not on loopback",
                    do: "set SIGNALBOX_MASTER_KEY_FILE to a file with 32 random bytes in base 64 (mode 600)")
            ]
        case .development where !isLoopback:
            return [
                .problem(
                    "master key", "only a development key, and a listener is not on loopback",
                    do: "move \(directory)/development.key out and name it in SIGNALBOX_MASTER_KEY_FILE")
            ]
        default: break
        }
        guard key != nil else {
            return [
                .problem(
                    "master key", "\(place.name) cannot be read as 32 bytes in base 64", do: "put the right key there")
            ]
        }
        return [.ok("master key", place.name)] + permissions()
    }

    /// That of the data directory is looked at with the rest of it.
    private func permissions() -> [Finding] {
        var status = stat()
        guard case .file(let path) = place, stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return [] }
        return [
            .problem(
                "master key",
                "others than the owner can use \(path) (mode \(String(status.st_mode & 0o777, radix: 8)))",
                do: "chmod 600 \(path)")
        ]
    }

    /// A master key that was changed or lost shows at the first call of a provider, unless it is tried before.
    func credentials(of providers: [ProviderChecks.Provider]) -> [Finding] {
        guard let key else { return [] }
        let box = SecretBox(key)
        let sealed = providers.filter { $0.credential != nil }
        let dead = sealed.filter { provider in
            let context = ProviderCredential.sealingContext(project: provider.project, id: provider.id)
            return (try? box.open(provider.credential ?? [], context: context)) == nil
        }
        guard !dead.isEmpty else {
            return sealed.isEmpty ? [] : [.ok("credentials", "the master key opens all \(sealed.count)")]
        }
        return [
            .problem(
                "credentials", "the master key does not open those of \(dead.map(\.name).joined(separator: ", "))",
                do: "give the server the master key that sealed them, or set the credentials again")
        ]
    }
}

package import Domain
import Synchronization

/// Sealing that tests can look through: the context, a zero byte and the secret backwards. It refuses another context,
/// and everything once it was broken, as after a change of the master key.
package final class ReversingSealing: SecretSealing {
    package struct Refused: Error {}

    private let broken = Mutex(false)

    package init() {}

    package func breakDown() {
        broken.withLock { $0 = true }
    }

    package func seal(_ secret: Secret, context: String) throws -> [UInt8] {
        Array(context.utf8) + [0] + secret.revealed().utf8.reversed()
    }

    package func open(_ sealed: [UInt8], context: String) throws -> Secret {
        let prefix = Array(context.utf8) + [0]
        guard !broken.withLock({ $0 }), sealed.starts(with: prefix) else { throw Refused() }
        return Secret(String(decoding: sealed.dropFirst(prefix.count).reversed(), as: UTF8.self))
    }
}

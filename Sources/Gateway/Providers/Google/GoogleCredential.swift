import Domain
import JSON

/// What stands in the credential of a Vertex AI provider: a service account's key, or an access token as it is.
enum GoogleCredential {
    case account(ServiceAccount)
    case token(String)
    /// It begins as a key does, and is none.
    case unusable(reason: String)

    init(_ text: String) {
        guard text.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else {
            let isField = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            self =
                isField ? .token(text) : .unusable(reason: "must be an access token, or the key of a service account")
            return
        }
        do throws(ServiceAccount.Invalid) {
            self = .account(try ServiceAccount(parsing: text))
        } catch {
            self = .unusable(reason: error.reason)
        }
    }

    func access(for provider: LiveProvider) -> WireKind.Access {
        switch self {
        case .account(let account):
            .signed(AccessTokens(account, policy: AddressPolicy(allowsPrivate: provider.allowPrivate)))
        case .token(let token): .fields([(name: "Authorization", value: "Bearer " + token)])
        case .unusable: .unusable
        }
    }

    static func violations(in document: JSONValue) -> [Violation] {
        guard let text = document["credential"]?.stringValue, case .unusable(let reason) = GoogleCredential(text) else {
            return []
        }
        return [Violation("/credential", reason)]
    }
}

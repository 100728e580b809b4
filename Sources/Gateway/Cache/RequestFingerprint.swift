import Crypto
import Domain
import JSON

/// Makes the key of a request: where it goes, then what it says in canonical form.
enum RequestFingerprint {
    /// Members of the body that do not change what is answered, by reason:
    /// - `model` is the deployment's name; which deployment, revision and variant it led to is in the prefix.
    /// - `stream` is told by the form, and `stream_options` by what is cut out of a record for who did not ask for it.
    /// - `user`, `safety_identifier` and `metadata` say who asks and why; the unit counts where the policy says so.
    /// - `prompt_cache_key` and `prompt_cache_retention` say how the provider is to find what it has read before.
    static let leftOut: [StaticString] = [
        "model", "stream", "stream_options", "user", "safety_identifier", "metadata", "prompt_cache_key",
        "prompt_cache_retention",
    ]

    /// What is the same for all requests over one surface of a variant. The address is part of it, and so are the
    /// provider's header fields, as a digest: either may be changed without a new revision, and a field may choose the
    /// region, the version or the account that answers. The credential is not: a new one asks the same. Hashed, since
    /// each request is to hash it again.
    static func prefix(_ deployment: LiveDeployment, _ variant: LiveVariant, _ surface: Surface, url: String) -> [UInt8]
    {
        var bytes: [UInt8] = []
        let texts = [
            deployment.project, deployment.id, String(deployment.revision), variant.name, surface.name, url,
            variant.providerModel,
        ]
        // Each in quotes, so that no two lists of texts give the same bytes.
        for text in texts { JSONText.appendEscaped(text, to: &bytes) }
        JSONText.appendEscaped(digest(variant.provider.headers), to: &bytes)
        return key(of: bytes).bytes
    }

    private static func digest(_ fields: [(name: String, value: String)]) -> String {
        var bytes: [UInt8] = []
        for (name, value) in fields {
            JSONText.appendEscaped(name.lowercased(), to: &bytes)
            JSONText.appendEscaped(value, to: &bytes)
        }
        let key = key(of: bytes)
        return [key.first, key.second, key.third, key.fourth].map { String($0, radix: 16) }.joined(separator: "-")
    }

    /// - Parameters:
    ///   - allowed: which variants may answer: a request that must not leave a region has nothing in common with one
    ///     that may, since that one's fallback might answer both; nil for all.
    ///   - unit: nil where it does not matter.
    /// - Returns: nil for a request that has no canonical form: what it is too long for, or too wide.
    static func key(
        _ request: CallerRequest, prefix: [UInt8], allowed: [Bool]?, unit: (name: String, source: CallerUnit.Source)?
    ) -> CacheKey? {
        key(request.bytes, isStream: request.isStream, prefix: prefix, allowed: allowed, unit: unit)
    }

    /// - Parameter body: of a request, whole or what of it is to be the same.
    static func key(
        _ body: [UInt8], isStream: Bool, prefix: [UInt8], allowed: [Bool]?,
        unit: (name: String, source: CallerUnit.Source)?
    ) -> CacheKey? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefix.count + body.count + 64)
        bytes += prefix
        bytes.append(UInt8(ascii: isStream ? "s" : "p"))
        for isAllowed in allowed ?? [] { bytes.append(UInt8(ascii: isAllowed ? "1" : "0")) }
        if let unit {
            JSONText.appendEscaped(unit.source.rawValue, to: &bytes)
            JSONText.appendEscaped(unit.name, to: &bytes)
        }
        do throws(JSONError) {
            try CanonicalText.append(body, leavingOut: leftOut, to: &bytes)
        } catch {
            return nil
        }
        return key(of: bytes)
    }

    static func key(of bytes: [UInt8]) -> CacheKey {
        // Both are borrowed for the length of the call.
        bytes.withUnsafeBytes { input in
            var hasher = SHA256()
            hasher.update(bufferPointer: input)
            return hasher.finalize().withUnsafeBytes { digest in
                func word(_ index: Int) -> UInt64 { digest.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self) }
                return CacheKey(first: word(0), second: word(1), third: word(2), fourth: word(3))
            }
        }
    }
}

import Domain
import HTTP
import JSON
import REST
import SQL

/// Keys that go on: changed, or with another secret.
extension KeyEndpoints {
    /// A week: longer than any roll-out of a new secret should take.
    private static let overlapMax = 604_800

    var changeEndpoints: [Endpoint] {
        [
            Endpoint(
                .patch, Self.one, .permission(.keysWrite), tag: "keys",
                summary:
                    "Change a key: name, deployments, environment, expiry, limits, budget; its next request has them",
                body: Self.change, answers: [.init(200, "the key", .any(description: "a key"))]
            ) { call in try await patch(call) },
            Endpoint(
                .post, "\(Self.one)/rotate", .permission(.keysWrite), tag: "keys",
                summary: "Give a key another secret, which is in this answer only; the old one is taken a while longer",
                body: .object([
                    .optional(
                        "overlap_s", .integer(0...Self.overlapMax), "how long the old secret is taken; 0 by default")
                ]), answers: [.init(200, "the key with its new secret", .any(description: "a key"))]
            ) { call in try await rotate(call) },
        ]
    }

    private func patch(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        return try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            try Self.checkUnbounded(call, in: transaction)
            let merged = try MergePatch.merged(
                current.writable, with: call.body, schema: Self.change, fixed: ["role"])
            try Self.checkGrant(current.role, merged, call)
            var changed = current
            changed.apply(merged)
            if changed.expiresAt != current.expiresAt, let end = changed.expiresAt, end <= now {
                throw Problem.invalid("/expires_at", "must be in the future")
            }
            guard changed.writable != current.writable else {
                return Mutation(.resource(.object(current.json)), audit: [])
            }
            try KeyStore.update(changed, in: transaction)
            return Mutation(
                .resource(.object(changed.json)),
                audit: [
                    AuditEntry(
                        action: "key.update", resource: "keys/\(current.id)", before: .object(current.json),
                        after: .object(changed.json))
                ], stale: [.keys])
        }
    }

    private func rotate(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        let overlap = Int64(call.body["overlap_s"]?.intValue ?? 0)
        return try await mutations.perform(call) { [hasher] transaction in
            let current = try require(call, in: transaction)
            try Self.checkUnbounded(call, in: transaction)
            // Whoever has the new secret can do what the key can.
            try Self.checkGrant(current.role, current.writable, call)
            var rotated = current
            rotated.previousUntil = overlap == 0 ? nil : now.advanced(byMilliseconds: overlap * 1_000)
            let secret = KeySecret(keyID: current.id)
            try KeyStore.rotate(rotated, digest: hasher.digest(secret.text.utf8), in: transaction)
            return Mutation(
                Self.shown(rotated, secret, .resource(.object(rotated.json))),
                // The record of an Idempotency-Key lies in the file for a day: the secret must not.
                remembered: .resource(.object(rotated.json)),
                audit: [
                    AuditEntry(
                        action: "key.rotate", resource: "keys/\(current.id)", before: .object(current.json),
                        after: .object(rotated.json))
                ], stale: [.keys])
        }
    }

    /// - Throws: 404; 409 for a key that was revoked, 412 where the caller knows another state of it.
    private func require(_ call: Call, in connection: any Connection) throws -> KeyRecord {
        let id = call.parameter("key")
        guard let key = try KeyStore.find(id, project: call.project, in: connection) else {
            throw Problem.notFound("key \(id)")
        }
        try EntityTag.require(call.request, current: JSONValue.object(key.json).entityTag)
        guard key.revokedAt == nil else { throw Problem.conflict("the key \(id) was revoked") }
        return key
    }
}

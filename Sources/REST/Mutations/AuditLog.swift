package import Domain
import HTTP
import JSON
package import SQL

/// The hash-chained record of every change: each entry's hash covers the one before, so an edit, a deletion or a
/// reordering shows.
package struct AuditLog: Sendable {
    package struct Actor: Sendable {
        package let name: String
        package let project: String
        package let requestID: String
        package let address: String

        package init(name: String, project: String, requestID: String = "", address: String = "") {
            self.name = name
            self.project = project
            self.requestID = requestID
            self.address = address
        }

        package init(_ call: Call) {
            self.init(
                name: call.principal.actor, project: call.project, requestID: call.request.id,
                address: call.request.remoteAddress)
        }
    }

    private let digest: Mutations.Digest

    package init(digest: @escaping Mutations.Digest) {
        self.digest = digest
    }

    package func append(
        _ entry: AuditEntry, by actor: Actor, at now: Timestamp, outcome: String = "done",
        in transaction: any Transaction
    ) throws {
        let last = try transaction.first("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1", []) {
            (try $0.integer(0), try $0.text(1))
        }
        let sequence = (last?.0 ?? 0) + 1
        let before = entry.before.text
        let after = entry.after.text
        let hash = Self.hash(
            digest, previous: last?.1 ?? "", sequence: sequence,
            parts: [
                String(now.milliseconds), actor.project, actor.name, entry.action, entry.resource, outcome, before,
                after, actor.requestID, actor.address,
            ])
        try transaction.execute(
            """
            INSERT INTO audit (sequence, project_id, at, actor, action, resource, outcome, before, after, request_id,
                               address, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .integer(sequence), .text(actor.project), .integer(now.milliseconds), .text(actor.name),
                .text(entry.action), .text(entry.resource), .text(outcome), .text(before), .text(after),
                .text(actor.requestID), .text(actor.address), .text(hash),
            ])
    }

    /// Each part is preceded by its length, so that no two different entries give the same bytes.
    package static func hash(
        _ digest: Mutations.Digest, previous: String, sequence: Int64, parts: [String]
    ) -> String {
        var bytes = [UInt8]()
        for part in [previous, String(sequence)] + parts {
            bytes.append(contentsOf: "\(part.utf8.count):".utf8)
            bytes.append(contentsOf: part.utf8)
        }
        return digest(bytes).reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}

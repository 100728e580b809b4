import Domain
import JSON
import SQL

/// The SQL of `revision_upstreams`.
enum RevisionUpstreamStore {
    private static let select = """
        SELECT u.position, u.provider_id, p.name, u.provider_model, u.weight, u.price
        FROM revision_upstreams u JOIN providers p ON p.id = u.provider_id
        WHERE u.project_id = $1 AND u.deployment_id = $2 AND u.revision = $3 ORDER BY u.position, u.place
        """
    private static let insert = """
        INSERT INTO revision_upstreams
            (project_id, deployment_id, revision, position, place, provider_id, provider_model, weight, price)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """

    /// Of a revision, by the positions of its variants.
    static func find(
        _ revision: Int, of deploymentID: String, project: String, in connection: any Connection
    ) throws -> [Int: [PinnedUpstream]] {
        var found = [Int: [PinnedUpstream]]()
        let rows = try connection.query(
            select, [.text(project), .text(deploymentID), SQLValue(revision)]
        ) { row -> (position: Int, upstream: PinnedUpstream) in
            let content = UpstreamContent(
                provider: try row.text(2), providerModel: try row.textOrNull(3),
                weight: try row.intOrNull(4).map { Weight(hundredths: $0) },
                price: try row.jsonOrNull(5)?.objectValue)
            return (try row.int(0), PinnedUpstream(content: content, providerID: try row.text(1)))
        }
        for row in rows { found[row.position, default: []].append(row.upstream) }
        return found
    }

    static func insert(
        _ variants: [PinnedVariant], revision: Int, of deploymentID: String, project: String,
        in transaction: any Transaction
    ) throws {
        let rows = variants.enumerated().flatMap { position, variant in
            variant.upstreams.enumerated().map { place, upstream -> [SQLValue] in
                [
                    .text(project), .text(deploymentID), SQLValue(revision), SQLValue(position), SQLValue(place),
                    .text(upstream.providerID), SQLValue(upstream.content.providerModel),
                    SQLValue(upstream.content.weight?.hundredths),
                    SQLValue(upstream.content.price.map { JSONValue.object($0).text }),
                ]
            }
        }
        if !rows.isEmpty { try transaction.executeMany(insert, rows: rows) }
    }
}

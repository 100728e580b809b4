import Domain
import JSON
import SQL

/// The SQL of `deployment_revisions` and `revision_variants`.
enum RevisionStore {
    private static let select = """
        SELECT revision, active_from, active_to, created_by, cause, reason, options
        FROM deployment_revisions WHERE project_id = $1 AND deployment_id = $2
        """
    private static let one = "\(select) AND revision = $3"
    private static let list = "\(select) AND revision < $3 ORDER BY revision DESC LIMIT $4"
    private static let variants = """
        SELECT v.name, v.weight, v.parameters, v.model_ref, v.model_id, m.name, v.model_version,
               v.prompt_ref, v.prompt_id, p.name, v.prompt_version, v.balance, v.position
        FROM revision_variants v JOIN models m ON m.id = v.model_id LEFT JOIN prompts p ON p.id = v.prompt_id
        WHERE v.project_id = $1 AND v.deployment_id = $2 AND v.revision = $3 ORDER BY v.position
        """
    private static let latest =
        "SELECT max(revision) FROM deployment_revisions WHERE project_id = $1 AND deployment_id = $2"
    private static let end = """
        UPDATE deployment_revisions SET active_to = $3
        WHERE project_id = $1 AND deployment_id = $2 AND active_to IS NULL
        """
    private static let insert = """
        INSERT INTO deployment_revisions
            (project_id, deployment_id, revision, active_from, created_by, cause, reason, follow, options)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """
    private static let insertVariant = """
        INSERT INTO revision_variants
            (project_id, deployment_id, revision, position, name, weight, parameters, model_ref, model_id,
             model_version, prompt_ref, prompt_id, prompt_version, balance)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """
    private static let point = "UPDATE deployments SET revision = $3 WHERE project_id = $1 AND id = $2"

    private static func decode(_ row: Row) throws -> RevisionRecord {
        RevisionRecord(
            number: try row.int(0), activeFrom: Timestamp(milliseconds: try row.integer(1)),
            activeTo: try row.integerOrNull(2).map { Timestamp(milliseconds: $0) }, by: try row.text(3),
            cause: RevisionRecord.Cause(rawValue: try row.text(4)) ?? .update, reason: try row.textOrNull(5),
            options: DeploymentOptions(try row.json(6)), variants: [])
    }

    private static func decodeVariant(_ row: Row, _ upstreams: [PinnedUpstream]) throws -> PinnedVariant {
        var prompt: PinnedReference?
        if let id = try row.textOrNull(8) {
            prompt = PinnedReference(id: id, name: try row.text(9), version: try row.int(10))
        }
        return PinnedVariant(
            content: VariantContent(
                name: try row.text(0), model: try row.text(3), prompt: try row.textOrNull(7),
                parameters: try row.jsonOrNull(2)?.objectValue, weight: Weight(hundredths: try row.int(1)),
                upstreams: upstreams.map(\.content),
                balance: try row.textOrNull(11).flatMap { BalancePolicy(rawValue: $0) }),
            model: PinnedReference(id: try row.text(4), name: try row.text(5), version: try row.int(6)),
            prompt: prompt, upstreams: upstreams)
    }

    private static func filled(
        _ revision: RevisionRecord, of deploymentID: String, project: String, in connection: any Connection
    ) throws -> RevisionRecord {
        var revision = revision
        let upstreams = try RevisionUpstreamStore.find(
            revision.number, of: deploymentID, project: project, in: connection)
        revision.variants = try connection.query(
            variants, [.text(project), .text(deploymentID), SQLValue(revision.number)]
        ) { row in try decodeVariant(row, upstreams[try row.int(12)] ?? []) }
        return revision
    }

    static func find(
        _ number: Int, of deploymentID: String, project: String, in connection: any Connection
    ) throws -> RevisionRecord? {
        try connection.first(one, [.text(project), .text(deploymentID), SQLValue(number)], decode)
            .map { try filled($0, of: deploymentID, project: project, in: connection) }
    }

    /// Newest first.
    static func page(
        of deploymentID: String, project: String, before number: Int?, count: Int, in connection: any Connection
    ) throws -> [RevisionRecord] {
        try connection.query(
            list, [.text(project), .text(deploymentID), SQLValue(number ?? Int.max), SQLValue(count)], decode
        ).map { try filled($0, of: deploymentID, project: project, in: connection) }
    }

    /// - Returns: 0 before the first.
    static func latest(of deploymentID: String, project: String, in connection: any Connection) throws -> Int {
        try connection.first(latest, [.text(project), .text(deploymentID)]) { try $0.intOrNull(0) ?? 0 } ?? 0
    }

    /// Ends what serves, at the same moment at which `revision` begins.
    static func activate(
        _ revision: RevisionRecord, of deploymentID: String, project: String, in transaction: any Transaction
    ) throws {
        try deactivate(deploymentID, project: project, at: revision.activeFrom, in: transaction)
        try transaction.execute(
            insert,
            [
                .text(project), .text(deploymentID), SQLValue(revision.number),
                .integer(revision.activeFrom.milliseconds), .text(revision.by), .text(revision.cause.rawValue),
                SQLValue(revision.reason), SQLValue(revision.options.follow),
                SQLValue(JSONValue.object(revision.options.json)),
            ])
        let rows = revision.variants.enumerated().map { position, variant -> [SQLValue] in
            let content = variant.content
            return [
                .text(project), .text(deploymentID), SQLValue(revision.number), SQLValue(position),
                .text(content.name), SQLValue(content.weight.hundredths),
                SQLValue(content.parameters.map { JSONValue.object($0).text }), .text(content.model),
                .text(variant.model.id), SQLValue(variant.model.version), SQLValue(content.prompt),
                SQLValue(variant.prompt?.id), SQLValue(variant.prompt?.version),
                SQLValue(content.balance?.rawValue),
            ]
        }
        try transaction.executeMany(insertVariant, rows: rows)
        try RevisionUpstreamStore.insert(
            revision.variants, revision: revision.number, of: deploymentID, project: project, in: transaction)
        try transaction.execute(point, [.text(project), .text(deploymentID), SQLValue(revision.number)])
    }

    static func deactivate(
        _ deploymentID: String, project: String, at now: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.execute(end, [.text(project), .text(deploymentID), .integer(now.milliseconds)])
    }
}

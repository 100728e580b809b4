import SQL

/// The rows of profiles.
enum ProfileStore {
    private static let selection = """
        SELECT id FROM profiles
        WHERE project_id = $1 AND deployment = $3 AND origin = $2 AND environment = $4 AND revision = $5
          AND variant = $6 AND served_by IS $7 AND model = $8 AND prompt IS $9 AND probability = $10 AND status = $11
          AND is_stream = $12 AND finish_reason IS $13 AND provider IS $14 AND key_id = $15
          AND surface = $16 AND cache IS $17
        """

    private static let insertion = """
        INSERT INTO profiles (project_id, origin, deployment, environment, revision, variant, served_by, model, prompt,
                              probability, status, is_stream, finish_reason, provider, key_id, surface, cache,
                              arm_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        RETURNING id
        """

    /// The id of the profile's row, made when there is none.
    static func id(_ key: ProfileKey, arm: Arm, in transaction: any Transaction) throws -> Int64 {
        if let known = try transaction.first(selection, key.values, { try $0.integer(0) }) { return known }
        return try transaction.first(insertion, key.values + [.integer(arm.id)]) { try $0.integer(0) } ?? 0
    }
}

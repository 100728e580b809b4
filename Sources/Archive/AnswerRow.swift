import Domain
import JSON
import SQL

/// The rows of answers.
enum AnswerRow {
    /// What reading a key comes to.
    enum Finding {
        case answer(ArchivedAnswer)
        case nothing
        /// What somebody else wrote, or nobody.
        case damaged
    }

    static let insertion = """
        INSERT INTO answers (key, holding, made_at, expires_at, bytes, seal, facts, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """
    private static let selection = """
        SELECT answers.made_at, answers.expires_at, answers.seal, answers.facts, answers.body, holdings.deployment_id
        FROM answers JOIN holdings ON holdings.id = answers.holding
        WHERE answers.key = $1 AND holdings.is_purged = 0
        """
    /// What a row takes beside its body: facts, key, places in three indexes.
    static let overheadBytes = 640

    static func byteCount(_ answer: ArchivedAnswer) -> Int { answer.body.count + overheadBytes }

    static func values(_ answer: ArchivedAnswer, holding: Int64) -> [SQLValue] {
        let facts = answer.facts.text
        return [
            .blob(answer.key), .integer(holding), .integer(answer.madeAt.milliseconds),
            .integer(answer.expiresAt.milliseconds), SQLValue(answer.body.count), .integer(seal(answer, facts: facts)),
            .text(facts), .blob(answer.body),
        ]
    }

    /// What a key has in the file.
    static func read(_ key: [UInt8], in connection: any Connection) throws -> Finding {
        let found = try connection.first(selection, [.blob(key)]) { row -> Finding in
            let text = try row.text(3)
            guard let facts = try? JSONValue(parsing: text),
                let answer = ArchivedAnswer(
                    key: key, deploymentID: try row.text(5), madeAt: Timestamp(milliseconds: try row.integer(0)),
                    expiresAt: Timestamp(milliseconds: try row.integer(1)), body: try row.blob(4), facts: facts),
                try row.integer(2) == seal(answer, facts: text)
            else { return .damaged }
            return .answer(answer)
        }
        return found ?? .nothing
    }

    /// FNV-1a over eight bytes at a time: against what a disk does to bytes, not against people, who would have to be
    /// the owner of the file.
    private static func seal(_ answer: ArchivedAnswer, facts: String) -> Int64 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ word: UInt64) {
            sum = (sum ^ word) &* 0x100_0000_01b3
            // The product alone never carries a high bit down.
            sum ^= sum >> 29
        }
        for bytes in [answer.key, Array(answer.deploymentID.utf8), Array(facts.utf8), answer.body] {
            add(UInt64(bytes.count))
            var index = 0
            while index < bytes.count {
                var word: UInt64 = 0
                for offset in 0..<min(8, bytes.count - index) { word |= UInt64(bytes[index + offset]) << (8 * offset) }
                add(word)
                index += 8
            }
        }
        add(UInt64(bitPattern: answer.madeAt.milliseconds))
        add(UInt64(bitPattern: answer.expiresAt.milliseconds))
        return Int64(bitPattern: sum)
    }
}

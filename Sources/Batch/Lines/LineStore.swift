import SQL

/// The lines of batches in the store, and their answers.
enum LineStore {
    /// What a row takes beside its texts, roughly: its numbers, the identity of its batch, its place in the index.
    private static let rowBytes = 128

    static func insert(_ lines: [BatchLine], batch: String, in transaction: any Transaction) throws {
        try transaction.executeMany(
            "INSERT INTO lines (batch_id, number, custom_id, model, start, length) VALUES ($1, $2, $3, $4, $5, $6)",
            count: lines.count
        ) { parameters, index in
            let line = lines[index]
            parameters.text(batch, at: 1)
            parameters.integer(Int64(line.number), at: 2)
            parameters.text(line.customID, at: 3)
            parameters.text(line.model, at: 4)
            parameters.integer(Int64(line.start), at: 5)
            parameters.integer(Int64(line.length), at: 6)
        }
        let bytes = lines.reduce(0) { $0 + $1.customID.utf8.count + $1.model.utf8.count + Self.rowBytes }
        try transaction.execute(
            "UPDATE batches SET line_bytes = line_bytes + $2 WHERE id = $1", [.text(batch), SQLValue(bytes)])
    }

    /// Lines that are removed in one transaction: other writes come between.
    private static let linesPerRemoval = 500

    /// All lines of a batch, a part at a time. What was removed stays so when this is cut short: go on by calling it
    /// again.
    static func removeLines(of batch: String, from database: any Database) async throws {
        while try await database.write({ try removeSome(of: batch, in: $0) }) { try Task.checkCancellation() }
    }

    /// - Returns: whether there may be more.
    private static func removeSome(of batch: String, in transaction: any Transaction) throws -> Bool {
        let count = try transaction.execute(
            """
            DELETE FROM lines WHERE batch_id = $1 AND number IN (
                SELECT number FROM lines WHERE batch_id = $1 ORDER BY number LIMIT $2)
            """, [.text(batch), SQLValue(linesPerRemoval)])
        guard count < linesPerRemoval else { return true }
        try transaction.execute("UPDATE batches SET line_bytes = 0 WHERE id = $1", [.text(batch)])
        return false
    }

    /// Those without an answer, in the order of the file.
    /// - Parameters:
    ///   - model: of one alone; nil for all.
    ///   - after: the number of the last one before them.
    static func unanswered(
        of batch: String, model: String?, after: Int, count: Int, in connection: any Connection
    ) throws -> [BatchLine] {
        try connection.query(
            """
            SELECT number, custom_id, model, start, length FROM lines AS l
            WHERE batch_id = $1 AND number > $2 AND ($3 IS NULL OR model = $3)
              AND NOT EXISTS (SELECT 1 FROM answers AS a WHERE a.batch_id = l.batch_id AND a.number = l.number)
            ORDER BY number LIMIT $4
            """, [.text(batch), SQLValue(after), SQLValue(model), SQLValue(count)]
        ) { row in
            BatchLine(
                number: try row.int(0), customID: try row.text(1), model: try row.text(2), start: try row.int(3),
                length: try row.int(4))
        }
    }

    /// The models that its lines name, at most so many.
    static func models(of batch: String, count: Int, in connection: any Connection) throws -> [String] {
        try connection.query(
            "SELECT DISTINCT model FROM lines WHERE batch_id = $1 ORDER BY model LIMIT $2",
            [.text(batch), SQLValue(count)]
        ) { try $0.text(0) }
    }

    /// A line has one answer: a further one is dropped, and counted nowhere.
    /// - Returns: whether it is the first.
    @discardableResult
    static func answer(
        _ number: Int, of batch: String, _ answer: AnswerLine, in transaction: any Transaction
    ) throws -> Bool {
        guard try insert(number, of: batch, answer, in: transaction) else { return false }
        let (count, bytes) = answer.isError ? ("failed", "error_bytes") : ("completed", "output_bytes")
        try transaction.execute(
            "UPDATE batches SET \(count) = \(count) + 1, \(bytes) = \(bytes) + $2 WHERE id = $1",
            [.text(batch), SQLValue(answer.bytes.count)])
        if let fault = answer.ofBatch { try BatchStore.note(fault, of: batch, in: transaction) }
        return true
    }

    /// As `answer`, for many lines that nobody is asked: their batch is counted up once.
    /// - Returns: how many had no answer.
    static func refuse(
        _ answers: [(number: Int, answer: AnswerLine)], of batch: String, in transaction: any Transaction
    ) throws -> Int {
        var (count, bytes) = (0, 0)
        for (number, answer) in answers where try insert(number, of: batch, answer, in: transaction) {
            count += 1
            bytes += answer.bytes.count
        }
        try transaction.execute(
            "UPDATE batches SET failed = failed + $2, error_bytes = error_bytes + $3 WHERE id = $1",
            [.text(batch), SQLValue(count), SQLValue(bytes)])
        return count
    }

    private static func insert(
        _ number: Int, of batch: String, _ answer: AnswerLine, in transaction: any Transaction
    ) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO answers (batch_id, number, is_error, line) VALUES ($1, $2, $3, $4)
            ON CONFLICT (batch_id, number) DO NOTHING
            """, [.text(batch), SQLValue(number), SQLValue(answer.isError), .blob(answer.bytes)]) > 0
    }

    /// What the next part of an output file is made of: lines behind `after`, at least one where there is one, and no
    /// more than `bytesMax` of them otherwise.
    static func answers(
        of batch: String, isError: Bool, after: Int, bytesMax: Int, in connection: any Connection
    ) throws -> (bytes: [UInt8], last: Int)? {
        let last = try lastAnswer(
            of: batch, isError: isError, after: after, count: 512, bytesMax: bytesMax, in: connection)
        guard let last else { return nil }
        let lines = try connection.query(
            """
            SELECT line FROM answers WHERE batch_id = $1 AND number > $2 AND number <= $4 AND is_error = $3
            ORDER BY number
            """, [.text(batch), SQLValue(after), SQLValue(isError), SQLValue(last)]
        ) { try $0.blob(0) }
        return (lines.flatMap { $0 }, last)
    }

    /// Some of those from the first on, at least one where there is one, and otherwise no more than `count` and
    /// `bytesMax` of them: other writes come between.
    /// - Returns: how many.
    static func removeAnswers(
        of batch: String, isError: Bool, count: Int, bytesMax: Int, in transaction: any Transaction
    ) throws -> Int {
        let last = try lastAnswer(
            of: batch, isError: isError, after: 0, count: count, bytesMax: bytesMax, in: transaction)
        guard let last else { return 0 }
        return try transaction.execute(
            "DELETE FROM answers WHERE batch_id = $1 AND number <= $3 AND is_error = $2",
            [.text(batch), SQLValue(isError), SQLValue(last)])
    }

    /// - Returns: the number up to which they are no more than `bytesMax`, or that of the first alone; nil where there
    ///   is none.
    private static func lastAnswer(
        of batch: String, isError: Bool, after: Int, count: Int, bytesMax: Int, in connection: any Connection
    ) throws -> Int? {
        let sizes = try connection.query(
            """
            SELECT number, LENGTH(line) FROM answers WHERE batch_id = $1 AND number > $2 AND is_error = $3
            ORDER BY number LIMIT $4
            """, [.text(batch), SQLValue(after), SQLValue(isError), SQLValue(count)]
        ) { (number: try $0.int(0), length: try $0.int(1)) }
        var last = sizes.first?.number
        var sum = 0
        for size in sizes {
            sum += size.length
            guard sum <= bytesMax else { break }
            last = size.number
        }
        return last
    }
}

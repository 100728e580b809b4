/// A connection inside BEGIN IMMEDIATE … COMMIT, valid only inside the closure that received it. A statement that ends
/// or nests the transaction (COMMIT, ROLLBACK, BEGIN) is refused.
package protocol Transaction: Connection {
    /// Runs one statement and gives the number of rows it inserted, updated or deleted (cascades not counted).
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

    /// Runs one prepared statement for every row of parameters; the first that fails throws.
    func executeMany(_ sql: String, rows: [[SQLValue]]) throws

    /// Runs one prepared statement `count` times, without a list of values in between: `bind` writes the parameters of
    /// the run with that index, from 0 in order. The first run that fails throws; those before it stand.
    func executeMany(_ sql: String, count: Int, _ bind: (any Parameters, _ index: Int) throws -> Void) throws

    /// Runs `work` on the writer thread after COMMIT has succeeded and before the awaiting caller resumes, in the order
    /// of registration; not at all when the transaction rolls back. It must not block on the database.
    func afterCommit(_ work: @escaping @Sendable () -> Void)
}

extension Transaction {
    /// `execute` of a statement without parameters.
    @discardableResult
    package func execute(_ sql: String) throws -> Int {
        try execute(sql, [])
    }
}

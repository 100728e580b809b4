extension SQLiteConnection {
    /// What is wrong with the file, or with one table (a quoted name) and its indexes: at most a hundred lines each of
    /// structure and of broken references; empty when it is whole.
    func damage(in table: String? = nil) throws -> [String] {
        let structure = try query("PRAGMA integrity_check(\(table ?? "100"))", []) { try $0.text(0) }
        let references = try query("PRAGMA foreign_key_check\(table.map { "(\($0))" } ?? "")", []) {
            "broken reference from \(try $0.text(0)) to \(try $0.text(2))"
        }
        return (structure == ["ok"] ? [] : structure) + references.prefix(100)
    }
}

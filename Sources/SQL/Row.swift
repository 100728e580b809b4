/// One row of a result, valid only inside the decoding closure. Columns count from 0. Every accessor checks the stored
/// type and throws `SQLError.column` (index, name, what was expected, what was found); NULL is refused but by the
/// `…OrNull` variants.
package struct Row {
    private let columns: any RowColumns
    private let generation: UInt64

    /// For drivers: the row on which `columns` stands now.
    package init(_ columns: any RowColumns) {
        self.columns = columns
        generation = columns.generation
    }

    /// The number of columns.
    package var count: Int { columns.columnCount }

    /// The name of a column as the statement gives it; "none" beyond the last.
    package func name(_ index: Int) -> String {
        index >= 0 && index < columns.columnCount ? columns.columnName(index) : "none"
    }

    /// Whether the column holds NULL; throws when there is no such column.
    package func isNull(_ index: Int) throws -> Bool { try kind(index) == .null }

    /// A stored integer.
    package func integer(_ index: Int) throws -> Int64 {
        guard try kind(index) == .integer else { throw mismatch(index, "an integer") }
        return columns.columnInteger(index)
    }

    /// A stored integer, as the type that counts and indexes.
    package func int(_ index: Int) throws -> Int { Int(try integer(index)) }

    /// A stored real. An integer is taken too: aggregates such as SUM give one where every addend was one.
    package func real(_ index: Int) throws -> Double {
        switch try kind(index) {
        case .real: columns.columnReal(index)
        case .integer: Double(columns.columnInteger(index))
        default: throw mismatch(index, "a real")
        }
    }

    /// Stored text, checked to be UTF-8.
    package func text(_ index: Int) throws -> String {
        guard try kind(index) == .text else { throw mismatch(index, "text") }
        guard let text = columns.columnText(index) else {
            throw SQLError.column(index: index, name: name(index), expected: "text", found: "bytes that are not UTF-8")
        }
        return text
    }

    /// Stored bytes, copied.
    package func blob(_ index: Int) throws -> [UInt8] {
        guard try kind(index) == .blob else { throw mismatch(index, "a blob") }
        return columns.columnBlob(index)
    }

    /// Stored as 0 or 1; another integer is refused.
    package func bool(_ index: Int) throws -> Bool {
        guard try kind(index) == .integer else { throw mismatch(index, "0 or 1") }
        switch columns.columnInteger(index) {
        case 0: return false
        case 1: return true
        case let other: throw SQLError.column(index: index, name: name(index), expected: "0 or 1", found: "\(other)")
        }
    }

    /// `integer`, or nil where the column holds NULL.
    package func integerOrNull(_ index: Int) throws -> Int64? { try isNull(index) ? nil : integer(index) }
    /// `int`, or nil where the column holds NULL.
    package func intOrNull(_ index: Int) throws -> Int? { try isNull(index) ? nil : int(index) }
    /// `real`, or nil where the column holds NULL.
    package func realOrNull(_ index: Int) throws -> Double? { try isNull(index) ? nil : real(index) }
    /// `text`, or nil where the column holds NULL.
    package func textOrNull(_ index: Int) throws -> String? { try isNull(index) ? nil : text(index) }
    /// `blob`, or nil where the column holds NULL.
    package func blobOrNull(_ index: Int) throws -> [UInt8]? { try isNull(index) ? nil : blob(index) }
    /// `bool`, or nil where the column holds NULL.
    package func boolOrNull(_ index: Int) throws -> Bool? { try isNull(index) ? nil : bool(index) }

    /// The value whatever its kind.
    package func value(_ index: Int) throws -> SQLValue {
        switch try kind(index) {
        case .null: .null
        case .integer: .integer(columns.columnInteger(index))
        case .real: .real(columns.columnReal(index))
        case .text: .text(try text(index))
        case .blob: .blob(columns.columnBlob(index))
        }
    }

    private func kind(_ index: Int) throws -> ColumnKind {
        guard columns.generation == generation else { throw SQLError.closed }
        guard index >= 0, index < columns.columnCount else {
            throw SQLError.column(
                index: index, name: "none", expected: "a column", found: "\(columns.columnCount) columns")
        }
        return columns.columnKind(index)
    }

    private func mismatch(_ index: Int, _ expected: String) -> SQLError {
        .column(index: index, name: name(index), expected: expected, found: columns.columnKind(index).rawValue)
    }
}

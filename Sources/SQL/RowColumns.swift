/// What a driver gives to read the current row: typed access by column, without copies where none is needed.
package protocol RowColumns: AnyObject {
    /// Counts the rows and resets of a statement, so that a row kept too long is noticed.
    var generation: UInt64 { get }
    var columnCount: Int { get }
    func columnName(_ index: Int) -> String
    func columnKind(_ index: Int) -> ColumnKind
    func columnInteger(_ index: Int) -> Int64
    func columnReal(_ index: Int) -> Double
    /// Nil when the stored bytes are not UTF-8.
    func columnText(_ index: Int) -> String?
    func columnBlob(_ index: Int) -> [UInt8]
}

import JSON
import SQL

/// JSON as it stands in a TEXT column. It was written by us, so a fault means that the file was changed by hand.
extension Row {
    func document(_ index: Int) throws -> JSONValue {
        try JSONValue(parsing: try text(index))
    }
}

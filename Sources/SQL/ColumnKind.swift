/// The kind of a stored value.
package enum ColumnKind: String, Sendable {
    case null = "NULL"
    case integer = "an integer"
    case real = "a real"
    case text = "text"
    case blob = "a blob"
}

/// What a JSON value is, told by its first byte.
package enum JSONKind: String, Sendable, Hashable {
    case string, number, object, array, bool, null
}

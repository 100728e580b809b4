import JSON
import REST

extension Page {
    /// The cursor of a list that is sorted by one text; nil on the first page.
    func textAfter() throws -> String? {
        guard let after else { return nil }
        guard let text = after[0].stringValue else { throw Self.foreignCursor }
        return text
    }

    /// The cursor of a list that is sorted by one number; nil on the first page.
    func numberAfter() throws -> Int? {
        guard let after else { return nil }
        guard let number = after[0].intValue else { throw Self.foreignCursor }
        return number
    }

    static var foreignCursor: Problem {
        .invalid("query/cursor", "is not a cursor of this list")
    }
}

/// Where the parameters of one run of a statement go, written straight into it: for statements that run thousands of
/// times. Positions count from 1, as in `$1`; the last value given to one wins, and one given none is NULL. What the
/// driver refuses (a NaN, a position that does not exist) is thrown by the run.
package protocol Parameters: AnyObject {
    func integer(_ value: Int64, at position: Int)
    func real(_ value: Double, at position: Int)
    func text(_ value: String, at position: Int)
    func blob(_ value: UnsafeRawBufferPointer, at position: Int)  // Borrowed for the call only.
    func null(at position: Int)
}

extension Parameters {
    /// `integer`, or NULL for nil.
    package func integer(_ value: Int64?, at position: Int) {
        if let value { integer(value, at: position) } else { null(at: position) }
    }

    /// `text`, or NULL for nil.
    package func text(_ value: String?, at position: Int) {
        if let value { text(value, at: position) } else { null(at: position) }
    }

    /// `blob` of an array's bytes.
    package func blob(_ value: [UInt8], at position: Int) {
        value.withUnsafeBytes { blob($0, at: position) }
    }

    /// Any value.
    package func value(_ value: SQLValue, at position: Int) {
        switch value {
        case .null: null(at: position)
        case .integer(let value): integer(value, at: position)
        case .real(let value): real(value, at: position)
        case .text(let value): text(value, at: position)
        case .blob(let value): blob(value, at: position)
        }
    }
}

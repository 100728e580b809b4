/// Which kind of declared rule refused a row.
package enum ConstraintKind: String, Sendable, Equatable {
    /// UNIQUE and PRIMARY KEY alike: the row exists.
    case unique
    /// What the row refers to is missing, or what is deleted is still referred to.
    case foreignKey
    case check
    case notNull
    /// A STRICT table was given a value of another type than the column's.
    case type
    /// RAISE(ABORT …) in a trigger.
    case trigger
}

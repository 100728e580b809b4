/// What became of a call that took long enough for another to be made beside it.
package enum HedgeFate: String, Sendable, CaseIterable {
    /// The other gave the answer.
    case won
    /// The first gave it after all.
    case lost
    /// Neither did.
    case failed
    /// The caller left meanwhile.
    case abandoned
    /// None was made: as many as may be had been.
    case budget
    /// None was made: there is nobody else that the rules allow, or none that is well.
    case nowhere
    /// None was made: a limit or a budget of money has no room for both.
    case limit
    /// None was made: what was asked leaves something with its provider, or the other cannot be asked it.
    case unsuited
}

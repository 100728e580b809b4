/// What became of a copy for a shadow.
package enum MirrorFate: String, Sendable, CaseIterable {
    case sent
    /// As many as may be were under way.
    case concurrency
    /// As many as may be had begun within a minute.
    case rate
    /// A region rule that holds for the request forbids it.
    case region
    /// Its upstream is left alone, or cools down.
    case upstream
    /// A limit of its provider.
    case limit
    /// The shadow cannot be asked what its caller asked the other: it lacks the surface, a variable, a parameter.
    case unsupported
    /// Its deployment has no such shadow any more.
    case withdrawn
}

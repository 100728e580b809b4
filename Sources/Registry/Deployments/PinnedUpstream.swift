import Domain

/// A place where a variant runs, as it was written, with the provider that the name meant when the revision was made.
struct PinnedUpstream: Sendable, Equatable {
    let content: UpstreamContent
    let providerID: String
}
